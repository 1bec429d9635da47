// The limits of the connection file: numbers that SECURITY.md names.
#pragma once

#include <cstddef>

namespace pi::net {

// A larger connection file is refused.
inline constexpr std::size_t kConnectionFileBytesMax = std::size_t{1} << 20;

}  // namespace pi::net
