// Where a message of Cap'n Proto's stream format begins and ends: the first thing that a peer's
// bytes meet, checked before anything is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pi::net {

inline constexpr std::uint32_t kSegmentsMax = 512;

struct Frame {
  enum class State { kPartial, kWhole, kRefused };
  State state = State::kPartial;
  std::size_t bytes = 0;  // Segment table and segments; known as soon as the table is whole.
  bool operator==(const Frame&) const = default;
};

// Looks at the beginning of `input`.  Refused: more than kSegmentsMax segments, no content at all,
// or segments of more than `wordsMax` words together.
Frame frameAt(std::span<const std::byte> input, std::uint64_t wordsMax);

}  // namespace pi::net
