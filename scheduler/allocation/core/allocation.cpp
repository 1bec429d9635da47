#include "scheduler/allocation/core/allocation.h"

#include "common/base/check.h"

namespace pi::allocation {

std::string_view name(Stage stage) {
  switch (stage) {
    case Stage::kPlanned:
      return "planned";
    case Stage::kSubmitting:
      return "submitting";
    case Stage::kUnclear:
      return "unclear";
    case Stage::kPending:
      return "pending";
    case Stage::kRunning:
      return "running";
    case Stage::kEnding:
      return "ending";
  }
  PI_CHECK(false);
  return "";
}

}  // namespace pi::allocation
