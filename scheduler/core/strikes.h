// The bad marks of a worker.
#pragma once

#include <cstdint>

namespace pi::scheduler {

struct Strikes {
  std::uint32_t violations = 0;  // Invalid reports.
  std::uint32_t failures = 0;    // Times that it let leases lapse since it last finished one.
};

// Which marks a worker had too many of when it was quarantined.
enum class QuarantineCause : std::uint8_t { kViolations, kFailures };

}  // namespace pi::scheduler
