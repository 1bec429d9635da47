// Finds where a message of Cap'n Proto's stream format ends.  This is the first check of a peer's
// bytes; it comes before anything is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/net/transport/limits.h"

namespace pi::net {

struct Frame {
  enum class State { kPartial, kWhole, kRefused };
  State state = State::kPartial;
  std::size_t bytes = 0;  // Segment table and segments; known once the table is whole.
  bool operator==(const Frame&) const = default;
};

// Looks at the beginning of `input`.  kRefused means more than kSegmentsMax segments, no content,
// or more than `wordsMax` words in all segments together.  Source of the format:
// https://capnproto.org/encoding.html#serialization-over-a-stream
Frame frameAt(std::span<const std::byte> input, std::uint64_t wordsMax);

}  // namespace pi::net
