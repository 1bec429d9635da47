// Validates what was read from the store: a file is input, like a message.
#pragma once

#include <string>

#include "scheduler/core/changes.h"

namespace pi::scheduler {

// Checks that the jobs are a state that a scheduler can have, so that the core's invariants hold.
// Returns an empty string if so, else a clause that says what is wrong ("job 3 has no uid").
std::string validate(const Saved& saved);

}  // namespace pi::scheduler
