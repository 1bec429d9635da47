// Which job of a batch system this process belongs to.
#pragma once

#include <string>

namespace pi::worker {

// The job's id as Slurm, PBS, LSF or Grid Engine calls it; empty outside of one.
std::string batchJob();

}  // namespace pi::worker
