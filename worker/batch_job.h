// The batch system's job in which this process runs.
#pragma once

#include <string>

namespace pi::worker {

// The job's id in Slurm, PBS, LSF or Grid Engine; empty outside of a batch job.
std::string batchJob();

}  // namespace pi::worker
