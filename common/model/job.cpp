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

double wallSeconds(const JobInfo& job) { return seconds(std::max(job.elapsed, Duration(1))); }

std::uint64_t meanRate(const JobInfo& job) {
  double rate = static_cast<double>(job.samplesCounted) / wallSeconds(job);
  return rate < static_cast<double>(kSamplesEnd) ? static_cast<std::uint64_t>(std::llround(rate))
                                                 : kSamplesEnd - 1;
}

}  // namespace pi
