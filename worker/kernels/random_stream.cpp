#include "worker/kernels/random_stream.h"

#include <bit>

namespace pi::kernels {
namespace {

// The hits of samples [begin, end) of a block; begin < end.
std::uint64_t hitsOfBlock(const RandomKernel& kernel, std::uint64_t seed, std::uint64_t block,
                          std::uint32_t begin, std::uint32_t end) {
  Lanes lanes;
  kernel.start(seed, block, lanes);
  std::uint64_t first = block * kBlockSamples;
  std::uint32_t at = 0;
  // The steps before the range are run only to advance the lanes.
  if (std::uint32_t skipped = begin / (kRunSteps * kStepSamples) * kRunSteps; skipped > 0) {
    kernel.run(lanes, seed, first, skipped);
    at = skipped * kStepSamples;
  }
  std::uint64_t hits = 0;
  while (at < end) {
    std::uint32_t whole = (end - at) / (kRunSteps * kStepSamples) * kRunSteps;
    if (at >= begin && whole > 0) {
      hits += kernel.run(lanes, seed, first + at, whole);
      at += whole * kStepSamples;
      continue;
    }
    step(lanes);
    std::uint32_t from = std::clamp(begin, at, at + kStepSamples) - at;
    std::uint32_t to = std::min(end - at, kStepSamples);
    if (from < to) hits += hitsOfStep(lanes, seed, first + at, from, to);
    at += kStepSamples;
  }
  return hits;
}

struct Generator {
  std::uint32_t a, b, c, d;
};

Generator generatorOf(const Lanes& lanes, std::uint32_t lane) {
  return {lanes.a[lane], lanes.b[lane], lanes.c[lane], lanes.d[lane]};
}

// A step can be undone, so no copies of earlier states are needed.
void stepBack(Generator& g) {
  std::uint32_t e = g.d - g.a;
  g.d = g.c - e;
  g.c = g.b - g.d;
  g.b = g.a ^ rotatedLeft(g.c, 17);
  g.a = e + rotatedLeft(g.b, 27);
}

}  // namespace

std::uint64_t correction(const Lanes& lanes, std::uint64_t seed, std::uint64_t first,
                         std::uint64_t open, std::uint32_t steps) {
  std::uint64_t sum = 0;  // Modulo 2^64: it may be negative, and the caller adds it modulo 2^64.
  for (; open != 0; open &= open - 1) {
    auto position = static_cast<std::uint32_t>(std::countr_zero(open));
    Generator abscissa = generatorOf(lanes, position / 2);
    Generator ordinate = generatorOf(lanes, kLanePairs + position / 2);
    std::uint32_t shift = 16 * (position % 2);
    // This loop has no branches: each would be mispredicted.
    std::uint32_t x[kRunSteps], y[kRunSteps], openSteps = 0;
    for (std::uint32_t back = steps; back-- > 0;) {
      x[back] = abscissa.d >> shift & 0xFFFF;
      y[back] = ordinate.d >> shift & 0xFFFF;
      openSteps |= std::uint32_t{isOpen(x[back], y[back])} << back;
      stepBack(abscissa);
      stepBack(ordinate);
    }
    for (; openSteps != 0; openSteps &= openSteps - 1) {
      auto at = static_cast<std::uint32_t>(std::countr_zero(openSteps));
      sum += isHitByAllBits(seed, first + at * kStepSamples + position, x[at], y[at]);
      sum -= looksLikeHit(x[at], y[at]);
    }
  }
  return sum;
}

std::uint64_t hitsOfRange(const RandomKernel& kernel, std::uint64_t seed, SampleRange range) {
  std::uint64_t hits = 0;
  for (std::uint64_t at = range.begin; at < range.end;) {
    std::uint64_t block = at / kBlockSamples;
    std::uint64_t begin = at % kBlockSamples;
    std::uint64_t end = std::min(kBlockSamples, begin + (range.end - at));
    hits += hitsOfBlock(kernel, seed, block, static_cast<std::uint32_t>(begin),
                        static_cast<std::uint32_t>(end));
    at += end - begin;
  }
  return hits;
}

}  // namespace pi::kernels
