// The loop of kernels whose vectors are so short that the state of only a few lanes fits into the
// registers.  A kernel's file includes this text once, after the definitions that vectors.h
// needs, and of Averages, Misses, greatestAverages(), average(), lower(), count(), total(),
// isAnyOpen() and openPositions().
//
// A sample is taken for a hit if the rounding average of its two high products is below 2^15, that
// is, if its sign bit is clear.  Averages from 32,766 to 32,768 may be open.  If kOpenOffset is
// added to an average, with wrap-around, these are below kOpenEnd as signed 16-bit numbers, and all
// others are not.
#pragma once

#include "worker/kernels/vectors.h"

namespace pi::kernels {
namespace {

[[PI_TARGET, gnu::always_inline]] inline void advance(Generators& g) {
  rotate(g);
  mix(g);
  add(g);
}

// The hits of `steps` steps, of the kWidth lane pairs that begin with `pair`.
[[PI_TARGET]] std::uint64_t runVector(Lanes& lanes, std::uint32_t pair, std::uint64_t seed,
                                      std::uint64_t first, std::uint32_t steps, OpenGroups& open) {
  Generators x, y;
  load(lanes, pair, x);
  load(lanes, kLanePairs + pair, y);
  std::uint64_t hits = 0;
  Misses misses{};
  for (std::uint32_t at = 0; at < steps;) {
    OpenGroup* group = open.groups + open.count;
    while (at < steps && group != std::end(open.groups)) {
      Averages least = greatestAverages();
      for (std::uint32_t i = 0; i < kGroupSteps; ++i) {
        advance(x);
        advance(y);
        Averages ofFirst = average(x.d, y.d), ofSecond = average(x.second, y.second);
        least = lower(lower(least, ofFirst), ofSecond);
        count(ofFirst, ofSecond, misses);
      }
      if (isAnyOpen(least)) [[unlikely]] {
        store(x, group->lanes, pair);
        store(y, group->lanes, kLanePairs + pair);
        group->first = first + std::uint64_t{at} * kStepSamples;
        group->positions = openPositions(least) << 2 * pair;
        ++group;
      }
      at += kGroupSteps;
    }
    open.count = static_cast<std::uint32_t>(group - open.groups);
    if (group == std::end(open.groups)) hits += correction(open, seed, kCountedBelow);
  }
  store(x, lanes, pair);
  store(y, lanes, kLanePairs + pair);
  return hits + std::uint64_t{steps} * kRows * 2 * kWidth - total(misses);
}

[[PI_TARGET]] std::uint64_t run(Lanes& lanes, std::uint64_t seed, std::uint64_t first,
                                std::uint32_t steps, OpenGroups& open) {
  std::uint64_t hits = 0;
  for (std::uint32_t pair = 0; pair < kLanePairs; pair += kWidth) {
    hits += runVector(lanes, pair, seed, first, steps, open);
  }
  return hits + correction(open, seed, kCountedBelow);
}

}  // namespace
}  // namespace pi::kernels
