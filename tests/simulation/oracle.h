// Hits that any range's size can be checked against at once: an additive stand-in for the kernels.
#pragma once

#include <cstdint>

#include "common/model/stream.h"
#include "common/model/tally.h"

namespace pi::simulation {

// floor(n * rate) summed over the strata, with a rate near pi/4 that stream and stratum decide.
inline Hits oracleHits(const Stream& stream, SampleRange range) {
  Hits hits;
  std::size_t strata = strataCount(stream.sampler);
  for (std::size_t i = 0; i < strata; ++i) {
    std::uint64_t rate = 0xC90F'DAA2'2168'C234u - ((stream.seed * 31 + i * 7 + 1) << 40);
    auto below = [rate, i, strata](std::uint64_t end) {
      std::uint64_t n = stratumSize({.begin = 0, .end = end}, i, strata);
      __extension__ using Wide = unsigned __int128;
      return static_cast<std::uint64_t>(Wide{n} * rate >> 64);
    };
    hits.strata[i] = below(range.end) - below(range.begin);
  }
  return hits;
}

}  // namespace pi::simulation
