#include "worker/kernels/sobol.h"

#include <algorithm>
#include <bit>

namespace pi::kernels {
namespace {

constexpr auto kReplicates = static_cast<std::uint32_t>(strataCount(Sampler::kSobol));
// The step from point p to p + 1 changes the lowest zero of p, bit k, and all bits below it:
// strides[k] is the exclusive or of their directions.
struct Strides {
  std::array<Point, 64> by{};
};

constexpr Strides makeStrides() {
  Strides strides;
  for (std::uint32_t k = 0; k < strides.by.size(); ++k) {
    strides.by[k] = sobolPoint((std::uint64_t{2} << k) - 1);
  }
  return strides;
}

constexpr Strides kStrides = makeStrides();

PerReplicate shiftsOf(std::uint64_t seed) {
  PerReplicate shifts;
  for (std::uint32_t r = 0; r < kReplicates; ++r) shifts[r] = sobolShift(seed, r);
  return shifts;
}

void addEachHit(SampleRange range, const PerReplicate& shifts, Hits& hits) {
  std::uint64_t at = range.begin;
  Point point = sobolPoint(at / kReplicates);
  while (at < range.end) {
    auto r = static_cast<std::uint32_t>(at % kReplicates);
    hits.strata[r] += isInside(point.x ^ shifts[r].x, point.y ^ shifts[r].y);
    ++at;
    if (at % kReplicates != 0) continue;
    auto k = static_cast<std::size_t>(std::countr_one(at / kReplicates - 1));
    point = point ^ kStrides.by[k];
  }
}

// The level of the largest net that begins at point `first` and has at most `points` points; zero
// if there are none.
int netLevelAt(std::uint64_t first, std::uint64_t points) {
  int aligned = std::countr_zero(first);  // 64 for point 0.
  int fitting = static_cast<int>(std::bit_width(points)) - 1;
  return std::min({aligned, fitting, 2 * kNetLevelMax}) / 2;
}

}  // namespace

Hits sobolHitsIn(std::uint64_t seed, SampleRange range, WalkNet walkNet, const StopFlag* stop) {
  Hits hits;
  const PerReplicate shifts = shiftsOf(seed);
  constexpr std::uint64_t kSmallest = std::uint64_t{1} << (2 * kNetLevelMin);
  for (std::uint64_t at = range.begin; at < range.end && !isSet(stop);) {
    std::uint64_t first = at / kReplicates, points = (range.end - at) / kReplicates;
    int level = at % kReplicates == 0 ? netLevelAt(first, points) : 0;
    std::uint64_t next = 0;
    if (level >= kNetLevelMin) {
      addNetHits(level, first, shifts, walkNet, stop, hits);
      next = at + (std::uint64_t{kReplicates} << (2 * level));
    } else {
      std::uint64_t net = (first / kSmallest + 1) * kSmallest;  // Where the next one may begin.
      next = std::min(range.end, net * kReplicates);
      addEachHit({.begin = at, .end = next}, shifts, hits);
    }
    at = next;
  }
  return hits;
}

}  // namespace pi::kernels
