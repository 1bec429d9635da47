// The rules of the sampler `random` for the lanes of a block, which all kernels of CPUs share.
#pragma once

#include <cstdint>

#include "worker/kernels/kernel.h"
#include "worker/kernels/random_rules.h"

namespace pi::kernels {

inline constexpr std::uint32_t kBlockSteps = kBlockSamples / kStepSamples;

// The states of the generators of a block.  Lane l < kLanePairs draws x coordinates; lane
// kLanePairs + l draws y coordinates.
struct Lanes {
  alignas(64) std::uint32_t a[kLanes];
  alignas(64) std::uint32_t b[kLanes];
  alignas(64) std::uint32_t c[kLanes];
  alignas(64) std::uint32_t d[kLanes];
};

// A state of zeros would give zeros only.
[[gnu::always_inline]] inline void replaceZeroStates(Lanes& lanes) {
  for (std::uint32_t i = 0; i < kLanes; ++i) {
    bool isZero = (lanes.a[i] | lanes.b[i] | lanes.c[i] | lanes.d[i]) == 0;
    lanes.a[i] = isZero ? 1 : lanes.a[i];
  }
}

[[gnu::always_inline]] inline void startBlock(std::uint64_t seed, std::uint64_t block,
                                              Lanes& lanes) {
  for (std::uint32_t i = 0; i < kLanes; ++i) {
    Words words = randomWords(seed, Domain::kLaneState, block, i);
    lanes.a[i] = words[0];
    lanes.b[i] = words[1];
    lanes.c[i] = words[2];
    lanes.d[i] = words[3];
  }
  replaceZeroStates(lanes);
}

// The words that the lanes draw in a step.
struct Draws {
  alignas(64) std::uint32_t rows[kRows][kLanes];
};

// The same step as of one Generator, of all lanes.
[[gnu::always_inline]] inline void step(Lanes& lanes, Draws& draws) {
  for (std::uint32_t i = 0; i < kLanes; ++i) {
    std::uint32_t rotated = rotatedLeft(lanes.b[i], 27);
    std::uint32_t e = lanes.a[i] - rotated;
    lanes.a[i] = lanes.b[i] ^ rotatedLeft(lanes.c[i], 17);
    lanes.b[i] = lanes.c[i] + lanes.d[i];
    lanes.c[i] = lanes.d[i] + e;
    lanes.d[i] = e + lanes.a[i];
    draws.rows[0][i] = lanes.d[i];
    draws.rows[1][i] = lanes.c[i] ^ rotated;
  }
}

// The 16 leading bits of both coordinates select a cell of the square.  The squares are in units of
// 2^16, rounded down, so the circle is at 2^16.  A cell with a sum below kOpenSum is inside, even
// at its far corner.  A cell with a sum of at least kCircle is outside, even at its near corner.
// Cells between these are open: the other bits decide.
constexpr std::uint32_t squareSum(std::uint32_t x, std::uint32_t y) {
  return (x * x >> 16) + (y * y >> 16);
}
inline constexpr std::uint32_t kCircle = 65'536;
inline constexpr std::uint32_t kOpenSum = 65'532;

// Like isHitByAllBits, but computes the other bits only if the leading bits leave the sample open.
inline bool isHit(std::uint64_t seed, std::uint64_t sample, std::uint32_t x, std::uint32_t y) {
  std::uint32_t sum = squareSum(x, y);
  if (sum < kOpenSum) return true;
  if (sum >= kCircle) return false;
  return isHitByAllBits(seed, sample, x, y);
}

// The hits of samples [begin, end) of a step; its first sample is `first`.
inline std::uint64_t hitsOfStep(const Draws& draws, std::uint64_t seed, std::uint64_t first,
                                std::uint32_t begin, std::uint32_t end) {
  std::uint64_t hits = 0;
  for (std::uint32_t i = begin; i < end; ++i) {
    const std::uint32_t* row = draws.rows[i / kRowSamples];
    std::uint32_t lane = i % kRowSamples / 2, shift = 16 * (i % 2);
    std::uint32_t x = row[lane] >> shift & 0xFFFF, y = row[kLanePairs + lane] >> shift & 0xFFFF;
    hits += isHit(seed, first + i, x, y);
  }
  return hits;
}

}  // namespace pi::kernels
