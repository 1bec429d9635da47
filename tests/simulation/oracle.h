// Hits that any range's size can be checked against at once: an additive stand-in for the kernels.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/model/stream.h"
#include "common/model/tally.h"

namespace pi::simulation {

// In streams of this seed all samples of this range are hits, which looks impossible and is true.
inline constexpr std::uint64_t kOutlierSeed = 13;
inline constexpr SampleRange kOutlier{.begin = 40'000, .end = 50'000};

// The hits among the first n samples of a stratum: n * pi/4, rounded as stream and stratum decide.
constexpr std::uint64_t oracleHitsBelow(std::uint64_t n, std::uint64_t phase) {
  constexpr std::uint64_t kHitShare = 0xC90F'DAA2'2168'C234u;  // pi/4 * 2^64
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{n} * kHitShare + phase) >> 64);
}

inline Hits oracleHits(const Stream& stream, SampleRange range) {
  Hits hits;
  std::size_t strata = strataCount(stream.sampler);
  for (std::size_t i = 0; i < strata; ++i) {
    std::uint64_t phase = (stream.seed * 31 + i * 7 + 1) * 0x9E37'79B9'7F4A'7C15u;
    auto hitsIn = [&](SampleRange part) {
      auto below = [&](std::uint64_t end) {
        return oracleHitsBelow(stratumSize({.begin = 0, .end = end}, i, strata), phase);
      };
      return below(part.end) - below(part.begin);
    };
    hits.strata[i] = hitsIn(range);
    if (stream.seed != kOutlierSeed || strata > 1) continue;
    SampleRange out{.begin = std::max(range.begin, kOutlier.begin),
                    .end = std::min(range.end, kOutlier.end)};
    if (out.begin < out.end) hits.strata[i] += out.size() - hitsIn(out);
  }
  return hits;
}

}  // namespace pi::simulation
