#include "worker/kernels/sobol.h"

#include <algorithm>
#include <bit>

#include "worker/kernels/random_stream.h"

namespace pi::kernels {
namespace {

constexpr auto kReplicates = static_cast<std::uint32_t>(strataCount(Sampler::kSobol));
constexpr std::uint32_t kIndexBits = 64;

// Point p is the exclusive or of those directions[k] whose bit k is set in p.
struct Sequence {
  std::array<std::uint64_t, kIndexBits> x{}, y{};
};

constexpr Sequence makeDirections() {
  Sequence directions;
  std::uint64_t y = std::uint64_t{1} << 63;
  for (std::uint32_t k = 0; k < kIndexBits; ++k) {
    directions.x[k] = std::uint64_t{1} << (63 - k);
    directions.y[k] = y;
    y ^= y >> 1;
  }
  return directions;
}

// The step from point p to p + 1 sets the lowest zero of p, bit k, and clears all bits below it:
// strides[k] is the exclusive or of these directions.
constexpr Sequence makeStrides() {
  Sequence strides = makeDirections();
  for (std::uint32_t k = 1; k < kIndexBits; ++k) {
    strides.x[k] ^= strides.x[k - 1];
    strides.y[k] ^= strides.y[k - 1];
  }
  return strides;
}

constexpr Sequence kDirections = makeDirections();
constexpr Sequence kStrides = makeStrides();

PerReplicate shiftsOf(std::uint64_t seed) {
  PerReplicate shifts;
  for (std::uint32_t r = 0; r < kReplicates; ++r) {
    Words words = randomWords(seed, Domain::kSobolShift, r);
    shifts[r].x = std::uint64_t{words[1]} << 32 | words[0];
    shifts[r].y = std::uint64_t{words[3]} << 32 | words[2];
  }
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
    point.x ^= kStrides.x[k];
    point.y ^= kStrides.y[k];
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

Point sobolPoint(std::uint64_t index) {
  Point point;
  for (; index != 0; index &= index - 1) {
    auto k = static_cast<std::size_t>(std::countr_zero(index));
    point.x ^= kDirections.x[k];
    point.y ^= kDirections.y[k];
  }
  return point;
}

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
