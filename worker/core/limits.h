// The limits of the worker's core: numbers that SECURITY.md names.
#pragma once

#include <cstddef>

#include "common/base/clock.h"

namespace pi::worker {

// The machine of a stopped scheduler still acknowledges packets, so only a missing answer tells
// that it is stopped.  A call waits this long, or for the death timeout if that is shorter.
inline constexpr Duration kSchedulerAnswerMax = std::chrono::seconds(15);

// Tallies that a scheduler has received but cannot commit, for example because its disk is full.
// Beyond this number the oldest are forgotten; they are lost if that scheduler crashes.
inline constexpr std::size_t kUncommittedTalliesMax = 4096;

// Kinds of work whose speed a worker remembers: two samplers, each with few sizes of blocks and
// numbers of threads. Beyond this number it forgets all, and begins with the speed that it measured
// at its start.
inline constexpr std::size_t kSpeedsMax = 64;

// The threads have this long to finish what they compute.  One that hangs does not stop the drain.
inline constexpr Duration kStopMax = std::chrono::seconds(2);

// The scheduler has this long to confirm the last tallies: the batch system may be about to kill
// this process.  Without a connection it is less.
inline constexpr Duration kLeaveMax = std::chrono::seconds(2);
inline constexpr Duration kLeaveMaxOffline = std::chrono::milliseconds(500);

}  // namespace pi::worker
