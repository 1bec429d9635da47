// The scalar rules of the sampler `random`, which all kernels share.  STREAM.md specifies them.
#pragma once

#include <cstdint>

#include "worker/kernels/kernel.h"
#include "worker/kernels/philox.h"

namespace pi::kernels {

inline constexpr std::uint32_t kLanes = 64;
inline constexpr std::uint32_t kLanePairs = kLanes / 2;
inline constexpr std::uint32_t kRows =
    2;  // A lane draws so many words in a step, one for each row.
inline constexpr std::uint32_t kRowSamples = 2 * kLanePairs;
inline constexpr std::uint32_t kStepSamples = kRows * kRowSamples;
inline constexpr std::uint32_t kBlockSteps = kBlockSamples / kStepSamples;

// The purpose of random bits; it is the last word of the Philox counter.
enum class Domain : std::uint32_t { kLaneState = 0, kLowBits = 1, kSobolShift = 2 };

[[gnu::always_inline]] constexpr Words randomWords(std::uint64_t seed, Domain domain,
                                                   std::uint64_t number, std::uint32_t lane = 0) {
  return philox({static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32), lane,
                 static_cast<std::uint32_t>(domain)},
                seed);
}

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

[[gnu::always_inline]] constexpr std::uint32_t rotatedLeft(std::uint32_t word, int bits) {
  return word << bits | word >> (32 - bits);
}

// The words that the lanes draw in a step.
struct Draws {
  alignas(64) std::uint32_t rows[kRows][kLanes];
};

// Jenkins' small generator, 32 bits wide, two rotations; but with two words a step.
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

// Whether a point is in the quarter circle of radius 1.  The coordinates are in units of 2^-64.
constexpr bool isInside(std::uint64_t x, std::uint64_t y) {
  __extension__ using Wide = unsigned __int128;
  Wide xx = Wide{x} * x;
  return xx + Wide{y} * y >= xx;  // The sum wraps around at 2^128.
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

// Whether a sample is a hit; x and y are the 16 leading bits of its coordinates.
inline bool isHitByAllBits(std::uint64_t seed, std::uint64_t sample, std::uint32_t x,
                           std::uint32_t y) {
  Words low = randomWords(seed, Domain::kLowBits, sample);
  auto joined = [](std::uint64_t high16, std::uint64_t middle16, std::uint64_t low32) {
    return high16 << 48 | (middle16 & 0xFFFF) << 32 | low32;
  };
  return isInside(joined(x, low[1], low[0]), joined(y, low[3], low[2]));
}

// The same, but computes the other bits only if the leading bits leave the sample open.
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
