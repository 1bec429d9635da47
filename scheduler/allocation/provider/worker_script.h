// The batch script of a worker, which is part of this program: nothing needs to be installed.
#pragma once

#include <string_view>

namespace pi::allocation {

// scripts/slurm/worker.sbatch.
extern const std::string_view kWorkerScript;

}  // namespace pi::allocation
