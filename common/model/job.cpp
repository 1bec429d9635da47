#include "common/model/job.h"

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

}  // namespace pi
