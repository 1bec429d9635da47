// What a message may hold, beyond what its types say.  SECURITY.md lists these limits.
#pragma once

#include <cstddef>

namespace pi {

// The longest text of a reason, in bytes.
inline constexpr std::size_t kReasonBytesMax = 1024;

// The longest list of leases or tallies: a worker collects hours of tallies while its scheduler's
// disk is full.
inline constexpr std::size_t kListMax = 65'536;

}  // namespace pi
