// The limits of one RPC connection: numbers that SECURITY.md names.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.h"

namespace pi::net {

// How deep the pointers of a message may be nested.
inline constexpr int kNestingMax = 32;

// Calls of a peer that are not answered, or answered and not finished with.  A peer with more is
// cut off.
inline constexpr std::uint64_t kCallsMax = 1024;

// The words (of 8 bytes) of a peer's calls that are not answered.  At the limit nothing more is
// read from this peer.
inline constexpr std::size_t kCallWordsMax = std::size_t{64} << 10;

// The reason for which a connection is cut off, in a log line; it may have come from the peer.
inline constexpr std::size_t kAbortTextBytesMax = 300;

// How long a client waits for the answer to a short call.
inline constexpr Duration kAnswerMax = std::chrono::seconds(5);

}  // namespace pi::net
