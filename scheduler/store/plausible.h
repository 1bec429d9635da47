// Whether what was read from a file can be a scheduler's state: a file is input, like a message.
#pragma once

#include <string>

#include "scheduler/core/changes.h"

namespace pi::scheduler {

// Longer than anyone waits; far from where sums of times overflow.
inline constexpr Duration kAgeMax = std::chrono::hours(24) * 36'500;

// What the core believes of its own jobs holds for these too: empty if so, else what does not.
// The jobs and their fragments must be in order.
std::string faultOf(const Saved& saved);

}  // namespace pi::scheduler
