// Validates what was read from the store: a file is input, like a message.
#pragma once

#include <optional>
#include <string>

#include "scheduler/core/changes.h"
#include "scheduler/core/goal.h"

namespace pi::scheduler {

// Why the jobs are not a state that a scheduler can have, one in which the core's invariants hold:
// a clause such as "job 3 has no uid"; nullopt if they are one.  `goal` is that of the jobs.
std::optional<std::string> validate(const Saved& saved, Goal goal = kGoal);

}  // namespace pi::scheduler
