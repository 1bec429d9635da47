#include "common/model/worker_info.h"

#include "common/base/check.h"

namespace pi {

std::string_view name(WorkerState state) {
  switch (state) {
    case WorkerState::kActive:
      return "active";
    case WorkerState::kSilent:
      return "silent";
    case WorkerState::kAbsent:
      return "absent";
    case WorkerState::kDraining:
      return "draining";
    case WorkerState::kQuarantined:
      return "quarantined";
    case WorkerState::kLost:
      return "lost";
  }
  PI_CHECK(false);
  return "";
}

}  // namespace pi
