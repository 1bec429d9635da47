#include "worker/kernels/sobol.h"

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

struct Point {
  std::uint64_t x = 0, y = 0;
};

Point pointAt(std::uint64_t index) {
  Point point;
  for (; index != 0; index &= index - 1) {
    auto k = static_cast<std::size_t>(std::countr_zero(index));
    point.x ^= kDirections.x[k];
    point.y ^= kDirections.y[k];
  }
  return point;
}

}  // namespace

Hits sobolHitsIn(std::uint64_t seed, SampleRange range) {
  Hits hits;
  std::array<Point, kReplicates> shifts;
  for (std::uint32_t r = 0; r < kReplicates; ++r) {
    Words words = randomWords(seed, Domain::kSobolShift, r);
    shifts[r].x = std::uint64_t{words[1]} << 32 | words[0];
    shifts[r].y = std::uint64_t{words[3]} << 32 | words[2];
  }
  std::uint64_t at = range.begin;
  Point point = pointAt(at / kReplicates);
  while (at < range.end) {
    auto r = static_cast<std::uint32_t>(at % kReplicates);
    hits.strata[r] += isInside(point.x ^ shifts[r].x, point.y ^ shifts[r].y);
    ++at;
    if (at % kReplicates != 0) continue;
    auto k = static_cast<std::size_t>(std::countr_one(at / kReplicates - 1));
    point.x ^= kStrides.x[k];
    point.y ^= kStrides.y[k];
  }
  return hits;
}

}  // namespace pi::kernels
