// The time of nodes that an allocation takes.  It is never less than what the batch system counts:
// where it is not known whether the allocation ran, it counts as if it did.
#pragma once

#include "common/base/clock.h"
#include "scheduler/allocation/core/allocation.h"
#include "scheduler/allocation/core/settings.h"

namespace pi::allocation {

enum class Ran : std::uint8_t { kNo, kPerhaps };

// Accounts for the time from the last charge to `until`.
void charge(Allocation& allocation, Ran ran, Instant until, const Settings& settings);

// It is pending again: another run may follow.
void endRun(Allocation& allocation);

// The node time that it may still take.
NodeTime reserved(const Allocation& allocation);

// "0.25 node-hours"
std::string nodeTimeText(NodeTime time);

}  // namespace pi::allocation
