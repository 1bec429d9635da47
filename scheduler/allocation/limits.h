// The limits of the part that starts workers.  None of them is one that a peer can reach;
// SECURITY.md lists those of the answers to peers (common/model/limits.h).
#pragma once

#include "common/base/clock.h"

namespace pi::allocation {

// Not in SECURITY.md: a period of our own.  How often the scheduler's jobs and workers are looked
// at.
inline constexpr Duration kObservePeriod = std::chrono::seconds(1);

// The time that a stop waits for batch systems to take back what is pending.
inline constexpr Duration kGiveBackTimeout = std::chrono::seconds(5);

}  // namespace pi::allocation
