// Decides when a simulated job with a target error is finished.
#pragma once

#include <cstdint>

#include "common/model/job.h"
#include "scheduler/core/goal.h"

namespace pi::simulation {

// The oracle's hits are so regular that the first prefix would always do.  Here every other prefix
// is precise enough, as its hits decide.
scheduler::GoalStep simulatedGoal(const JobSpec& spec, const scheduler::Progress& progress);

// The name of a job that has a target error until it is extended.
inline constexpr const char* kExtendedTarget = "extended target";

// With how many samples the job ends if nothing fails.
std::uint64_t finalSamples(const JobSpec& spec);

}  // namespace pi::simulation
