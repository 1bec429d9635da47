// Plays the stories of the tests.
#pragma once

#include <string>

#include "tests/simulation/plan.h"
#include "tests/simulation/simulation.h"

namespace pi::simulation {

// Plays the story.  If it fails, or ends the process, it is played once more with a trace, and its
// last lines are printed, and then `advice` on how to look at it.
Outcome play(const Plan& plan, const std::string& advice = "");

}  // namespace pi::simulation
