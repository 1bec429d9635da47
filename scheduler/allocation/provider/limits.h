// The limits of what batch systems may cost: numbers that SECURITY.md names.
#pragma once

#include <cstddef>

#include "common/base/clock.h"

namespace pi::allocation {

// The time that a command of the batch system may take.  Slurm's own programs wait up to 60 s for a
// configuration file, and longer than 10 s for a controller.
inline constexpr Duration kBatchCommandMax = std::chrono::seconds(90);

// The output of a command; a list of all jobs of a user is longer.
inline constexpr std::size_t kBatchAnswerBytesMax = std::size_t{64} << 10;
inline constexpr std::size_t kBatchListBytesMax = std::size_t{16} << 20;

// The newest logs of workers that are kept.
inline constexpr std::size_t kWorkerLogsKept = 1'000;

// Ended workers of this machine that are listed.
inline constexpr std::size_t kEndedWorkersKept = 100;

}  // namespace pi::allocation
