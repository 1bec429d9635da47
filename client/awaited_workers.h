// The messages of a client that waits for workers.
#pragma once

#include <cstdint>
#include <string>

#include "common/model/scheduler_info.h"

namespace pi::client {

// "3 of 8 workers"
std::string countOf(std::uint64_t present, std::uint64_t wanted);

// "3 of 8 workers are there", and, from a scheduler that starts workers, how it stands with the
// others.
std::string waitingText(const SchedulerInfo& scheduler, std::uint64_t wanted);

}  // namespace pi::client
