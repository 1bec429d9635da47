// Turns the errors of Slurm's programs into one sentence with the remedy.
#pragma once

#include <string_view>

#include "scheduler/allocation/core/batch_system.h"

namespace pi::allocation {

// `program`: "sbatch".  `errors`: what it wrote to stderr before it exited with a code other than
// 0.  kUnclear: the controller may have carried out what it was asked for.
BatchFailure slurmFailure(std::string_view program, std::string_view errors);

// The program did not start: `isMissing` if there is none with this name, otherwise `why`.
BatchFailure slurmNotStarted(std::string_view program, bool isMissing, std::string_view why);

// Whether all that scancel complains about is that jobs are over.
bool meansOver(std::string_view errors);

}  // namespace pi::allocation
