// The limits of texts of peers: numbers that SECURITY.md names.
#pragma once

#include <cstddef>

namespace pi {

// The longest text of a peer in a log line.
inline constexpr std::size_t kLoggedBytesMax = 64;

}  // namespace pi
