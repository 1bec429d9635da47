#include "common/model/job.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"

namespace pi {

std::string_view name(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kFinished:
      return "finished";
    case JobState::kCancelled:
      return "cancelled";
    case JobState::kFailed:
      return "failed";
  }
  PI_CHECK(false);
  return "";
}

namespace {

// Nullopt if the sum is not a time.
std::optional<WallTime> sumOf(WallTime time, Duration later) {
  return later <= WallTime::max() - time ? std::optional(time + later) : std::nullopt;
}

}  // namespace

std::optional<WallTime> submissionOf(const JobInfo& job) {
  return job.submittedOn > WallTime{} ? std::optional(job.submittedOn) : std::nullopt;
}

std::optional<WallTime> startOf(const JobInfo& job) {
  std::optional<WallTime> submission = submissionOf(job);
  if (!submission || !job.hasStarted) return std::nullopt;
  return sumOf(*submission, job.waiting);
}

std::optional<WallTime> endOf(const JobInfo& job) {
  std::optional<WallTime> submission = submissionOf(job);
  if (!submission || !isOver(job.state)) return std::nullopt;
  return sumOf(*submission, job.age);
}

double wallSeconds(const JobInfo& job) { return seconds(std::max(job.elapsed, Duration(1))); }

std::uint64_t meanRate(const JobInfo& job) {
  double rate = static_cast<double>(job.samplesCounted) / wallSeconds(job);
  return rate < static_cast<double>(kSamplesEnd) ? static_cast<std::uint64_t>(std::llround(rate))
                                                 : kSamplesEnd - 1;
}

}  // namespace pi
