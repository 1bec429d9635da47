// Warnings on stderr about requests that are probably a mistake.
#pragma once

#include <cstdint>

#include "common/model/job.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

// If the job would take a year or more at this speed; 0: the speed is not known.
void warnOfYears(const JobSpec& spec, std::uint64_t samplesPerSecond);
// The same for a scheduler's workers.  Asks for their speed if the job is so large that it matters.
// Without workers, for one thread of a usual speed.
void warnOfYears(const JobSpec& spec, net::ClientLink& link);

// If there are more threads than CPUs.
void warnOfThreads(std::uint32_t threads, std::uint32_t cpus);

}  // namespace pi::client
