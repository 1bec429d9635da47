// Waits for workers before a job is submitted.
#pragma once

#include <cstdint>

#include "client/interruption.h"
#include "client/reconnecting_link.h"

namespace pi::client {

// Returns once the scheduler has at least `wanted` workers.  Says on stderr how many there are, if
// `showsProgress`.  Throws Failure with kTimedOut at the link's deadline, with kInterrupted, or at
// once if the scheduler says that so many can never be there.
void waitForWorkers(ReconnectingLink& link, Interruption& interruption, std::uint64_t wanted,
                    bool showsProgress);

}  // namespace pi::client
