// A job as its user sees it: what was asked for, and how far it has come.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/job_uid.h"
#include "common/model/stream.h"
#include "common/model/tally.h"

namespace pi {

// What a user asks for.  1 <= chunkSize <= samples < 2^63.
struct JobSpec {
  Stream stream{};
  std::uint64_t samples = 0;
  std::uint64_t chunkSize = 0;
  std::int32_t priority = 0;  // Higher goes first.

  // The last chunk holds the remainder.
  std::uint64_t chunks() const { return (samples - 1) / chunkSize + 1; }
  bool operator==(const JobSpec&) const = default;
};

enum class JobState : std::uint8_t { kQueued, kRunning, kFinished, kCancelled, kFailed };

constexpr bool isOver(JobState state) {
  return state != JobState::kQueued && state != JobState::kRunning;
}

std::string_view name(JobState state);

struct JobInfo {
  JobId id{};
  JobUid uid{};
  JobSpec spec;
  JobState state = JobState::kQueued;
  std::uint32_t streamVersion = kStreamVersion;  // Of the stream that its samples are from.
  std::uint64_t samplesCounted = 0;
  std::uint64_t chunksCounted = 0;  // Chunks of which every sample is counted.
  Hits hits{};                      // Of the samples counted.
  // Samples counted of each stratum, since an unfinished job's ranges need not begin at zero.
  std::array<std::uint64_t, kStrataMax> stratumSamples{};
  Duration elapsed{};                   // From the submission to the last tally, or to now.
  std::uint64_t workers = 0;            // That contributed so far.
  std::uint64_t threads = 0;            // Of the workers that contributed so far.
  std::uint64_t workersNow = 0;         // Connected, whether or not they work on this job.
  std::uint64_t duplicatesDropped = 0;  // In samples.
  std::uint64_t samplesPerSecond = 0;   // Lately.
  std::string reason{};                 // Of a failure or a cancellation; empty otherwise.
  bool operator==(const JobInfo&) const = default;
};

// How long the job took from its submission to its last tally; above zero.
double wallSeconds(const JobInfo& job);

// The mean rate over wallSeconds, in samples per second; less than kSamplesEnd.
std::uint64_t meanRate(const JobInfo& job);

}  // namespace pi
