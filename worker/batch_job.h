// The batch system's job in which this process runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pi::worker {

// The job's id in Slurm, PBS, LSF or Grid Engine, as the batch system's own list shows it, such as
// "90_3" for a task of an array in Slurm; empty outside of a batch job.
std::string batchJob();

// How many CPUs the batch system gave this task on this host; nothing if it does not tell.
std::optional<std::uint32_t> batchCpus(const std::string& host);

}  // namespace pi::worker
