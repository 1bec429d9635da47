// The limits of texts from batch systems: numbers that SECURITY.md names.
#pragma once

#include <cstddef>

namespace pi::allocation {

// A reason of a batch system, with the remedy or the path of a log, in a list and in the log.
inline constexpr std::size_t kBatchTextBytesMax = 512;

}  // namespace pi::allocation
