// The number of hits in a range of samples.
#pragma once

#include <array>
#include <cstdint>

#include "common/model/sample_range.h"
#include "common/model/stream.h"

namespace pi {

// Hits by stratum; a sampler with fewer strata leaves the rest at zero.
struct Hits {
  std::array<std::uint64_t, kStrataMax> strata{};

  constexpr std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (std::uint64_t hits : strata) sum += hits;
    return sum;
  }
  constexpr Hits& operator+=(const Hits& other) {
    for (std::size_t i = 0; i < strata.size(); ++i) strata[i] += other.strata[i];
    return *this;
  }
  bool operator==(const Hits&) const = default;
};

struct Tally {
  SampleRange range{};
  Hits hits{};
  bool operator==(const Tally&) const = default;
};

// The number of samples of `range` that belong to `stratum`, out of `strata` strata.
constexpr std::uint64_t stratumSize(SampleRange range, std::size_t stratum, std::size_t strata) {
  auto below = [stratum, strata](std::uint64_t end) {
    return end / strata + (end % strata > stratum ? 1 : 0);
  };
  return below(range.end) - below(range.begin);
}

// True if no stratum has more hits than samples.  A stratum that the sampler does not have has no
// samples.
constexpr bool isPossible(const Tally& tally, Sampler sampler) {
  std::size_t strata = strataCount(sampler);
  for (std::size_t i = 0; i < kStrataMax; ++i) {
    std::uint64_t samples = i < strata ? stratumSize(tally.range, i, strata) : 0;
    if (tally.hits.strata[i] > samples) return false;
  }
  return true;
}

}  // namespace pi
