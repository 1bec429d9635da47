#include "common/model/lease_record.h"

namespace pi {

std::string_view name(LeaseOutcome outcome) {
  switch (outcome) {
    case LeaseOutcome::kRunning:
      return "running";
    case LeaseOutcome::kDone:
      return "done";
    case LeaseOutcome::kTruncated:
      return "truncated";
    case LeaseOutcome::kGivenBack:
      return "given back";
    case LeaseOutcome::kLost:
      return "lost";
    case LeaseOutcome::kDuplicate:
      return "duplicate";
    case LeaseOutcome::kRevoked:
      return "revoked";
    case LeaseOutcome::kLate:
      return "late";
  }
  return "";
}

}  // namespace pi
