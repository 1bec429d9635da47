// Finds the smallest plan that still fails in the same way.
#pragma once

#include <functional>

#include "tests/simulation/plan.h"
#include "tests/simulation/simulate_options.h"

namespace pi::simulation {

// The most that can be left out of the plan, beyond `without`, so that `fails` still holds; leaving
// out any single entry more would make it false.  `fails` must hold for `without` itself.
Omission shrink(const Plan& plan, const Omission& without,
                const std::function<bool(const Omission&)>& fails);

// Plays the seed again and again, each time with other faults and jobs left out, and each time in a
// child process, so that a broken invariant does not end the search.  Prints the smallest plan that
// fails and the command that plays it.  Returns the program's exit status: 1 if the story fails.
int shrinkAndPrint(const Options& options);

}  // namespace pi::simulation
