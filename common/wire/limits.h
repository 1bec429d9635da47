// The limits of a message beyond those of its types.  SECURITY.md lists them.
#pragma once

#include <cstddef>

namespace pi {

// The longest text of a reason, in bytes.
inline constexpr std::size_t kReasonBytesMax = 1024;

// The longest list of leases or tallies: a worker collects hours of tallies while its scheduler's
// disk is full.
inline constexpr std::size_t kListMax = 65'536;

}  // namespace pi
