// The limits that a worker keeps on its own, however its scheduler behaves.
#pragma once

#include <cstdint>

#include "common/base/clock.h"

namespace pi::worker {

// Log lines about the connection: a scheduler that comes and goes must not fill the disk.
inline constexpr std::uint64_t kConnectionLogLinesMax = 10;
inline constexpr Duration kConnectionLogPeriod = std::chrono::minutes(1);

// A scheduler's heartbeat period outside of these bounds is replaced by the nearer one; so is a
// prefetch time above the maximum.
inline constexpr Duration kHeartbeatMin = std::chrono::milliseconds(10);
inline constexpr Duration kPolicyMax = std::chrono::minutes(1);

}  // namespace pi::worker
