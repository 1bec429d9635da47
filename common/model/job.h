// A job as its user sees it: the request, the state and the progress.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/job_uid.h"
#include "common/model/stream.h"
#include "common/model/tally.h"

namespace pi {

// The request of a user.  1 <= chunkSize <= samples < 2^63.
struct JobSpec {
  Stream stream{};
  std::uint64_t samples = 0;  // With a target error: at most so many.
  std::uint64_t chunkSize = 0;
  // The job ends when its standard error is at most this (target.h); zero if it has no target.
  double targetError = 0;
  std::int32_t priority = 0;  // Jobs with a higher priority run first.
  // At most so many threads compute it at one time; 0: no limit, else at most kJobThreadsMax.
  std::uint32_t threadsMax = 0;
  // Who submits it, as the client says: user@host, or empty.  It is shown, and it decides whose old
  // jobs are forgotten first; no right depends on it.
  std::string submitter{};
  std::string name{};  // Chosen by the user; may be empty.

  // The last chunk holds the remainder.
  std::uint64_t chunks() const { return (samples - 1) / chunkSize + 1; }
  bool operator==(const JobSpec&) const = default;
};

enum class JobState : std::uint8_t { kQueued, kRunning, kFinished, kCancelled, kFailed };

// A job that is over never changes again, unless it is finished and a user extends it.
constexpr bool isOver(JobState state) {
  return state != JobState::kQueued && state != JobState::kRunning;
}

std::string_view name(JobState state);

struct JobInfo {
  JobId id{};
  JobUid uid{};
  JobSpec spec;  // Its `samples` are as many as the job needs, as far as is known.
  JobState state = JobState::kQueued;
  std::uint32_t streamVersion = kStreamVersion;  // The version of the stream that was sampled.
  std::uint64_t samplesCounted = 0;
  std::uint64_t chunksCounted = 0;  // Chunks whose samples are all counted.
  Hits hits{};                      // Among the samples counted.
  // The samples with which it was finished before users extended it, in order.
  std::vector<std::uint64_t> extendedFrom{};
  // Samples counted in each stratum.  They differ, since the counted ranges may begin anywhere.
  std::array<std::uint64_t, kStrataMax> stratumSamples{};
  // By the scheduler's calendar; 1970 means unknown.  All other times are durations from the
  // submission by a monotonic clock, so that a calendar that is set does not change them.
  WallTime submittedOn{};
  Duration waiting{};       // To its first lease; to its end or to now if it had none.
  bool hasStarted = false;  // It had a lease.
  // To the last tally; to now if the job is not over.  Without the time between an end and the next
  // extension.
  Duration elapsed{};
  Duration age{};                       // To its end; to now if the job is not over.
  std::uint64_t workers = 0;            // Number of workers that contributed so far.
  std::uint64_t threads = 0;            // Sum over the workers that contributed so far.
  std::uint64_t workersNow = 0;         // Workers connected now, for any job.
  std::uint64_t duplicatesDropped = 0;  // Number of samples.
  std::uint64_t samplesPerSecond = 0;   // Mean of the last seconds.
  std::string reason{};                 // Why the job failed or was cancelled; else empty.
  // It has ended, but the scheduler cannot save its end now, because its disk is full or hangs.
  bool waitsForDisk = false;
  // There is no worker, and the scheduler asks for some: how that stands, as a clause; else empty.
  std::string workersAwaited{};
  bool operator==(const JobInfo&) const = default;
};

// On the scheduler's calendar; nullopt if it has not happened or is not known.
std::optional<WallTime> submissionOf(const JobInfo& job);
std::optional<WallTime> startOf(const JobInfo& job);
std::optional<WallTime> endOf(const JobInfo& job);

// How long the job took from its submission to its last tally; above zero.
double wallSeconds(const JobInfo& job);

// The mean rate over wallSeconds, in samples per second; less than kSamplesEnd.
std::uint64_t meanRate(const JobInfo& job);

}  // namespace pi
