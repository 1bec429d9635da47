// Validates what was read from the store: a file is input, like a message.
#pragma once

#include <string>

#include "scheduler/core/changes.h"
#include "scheduler/core/goal.h"

namespace pi::scheduler {

// Checks that the jobs are a state that a scheduler can have, so that the core's invariants hold.
// Returns an empty string if so, else a clause that says what is wrong ("job 3 has no uid").
// `goal` is that of the jobs.
std::string validate(const Saved& saved, Goal goal = kGoal);

}  // namespace pi::scheduler
