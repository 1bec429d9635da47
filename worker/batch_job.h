// The batch system's job in which this process runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.h"

namespace pi::worker {

// The job's id in Slurm, PBS, LSF or Grid Engine, as the batch system's own list shows it, such as
// "90_3" for a task of an array in Slurm; empty outside of a batch job.
std::string batchJob();

// How many CPUs the batch system gave this task on this host; nothing if it does not tell.
std::optional<std::uint32_t> batchCpus(const std::string& host);

// When the batch system ends this job, by SLURM_JOB_END_TIME or else PI_END_TIME, which a job's
// script sets; both are in seconds since 1970.  The batch system itself is never asked: thousands
// of workers would overload it.
struct BatchEnd {
  std::optional<Duration> timeLeft{};  // Zero or less: it has ended.  Nothing if it is not known.
  std::string warning{};  // A sentence, if a variable has a value that cannot be right.
};
BatchEnd batchEnd(WallTime now);

}  // namespace pi::worker
