// A half-open range of sample indices.  All work is described by such ranges.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pi {

// Sample indices and counts are in [0, 2^63), so that the sum of two never overflows.
inline constexpr std::uint64_t kSamplesEnd = std::uint64_t{1} << 63;

// Samples [begin, end); begin <= end <= kSamplesEnd.
struct SampleRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  constexpr std::uint64_t size() const { return end - begin; }
  constexpr bool empty() const { return begin == end; }
  constexpr bool contains(SampleRange other) const {
    return begin <= other.begin && other.end <= end;
  }
  constexpr bool intersects(SampleRange other) const {
    return begin < other.end && other.begin < end;
  }
  auto operator<=>(const SampleRange&) const = default;
};

// The samples that are in both ranges; empty if there are none.
constexpr SampleRange intersection(SampleRange a, SampleRange b) {
  std::uint64_t begin = std::max(a.begin, b.begin);
  return {.begin = begin, .end = std::max(begin, std::min(a.end, b.end))};
}

}  // namespace pi
