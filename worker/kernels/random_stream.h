// The scalar rules of the sampler `random`, which all kernels share.  STREAM.md specifies them.
#pragma once

#include <cstdint>

#include "worker/kernels/kernel.h"
#include "worker/kernels/philox.h"

namespace pi::kernels {

inline constexpr std::uint32_t kLanes = 64;
inline constexpr std::uint32_t kLanePairs = kLanes / 2;
inline constexpr std::uint32_t kStepSamples = 2 * kLanePairs;
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
// kLanePairs + l draws y coordinates.  The last draw of a lane is its d.
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

// Jenkins' small generator, 32 bits wide, two rotations.
[[gnu::always_inline]] inline void step(Lanes& lanes) {
  for (std::uint32_t i = 0; i < kLanes; ++i) {
    std::uint32_t e = lanes.a[i] - rotatedLeft(lanes.b[i], 27);
    lanes.a[i] = lanes.b[i] ^ rotatedLeft(lanes.c[i], 17);
    lanes.b[i] = lanes.c[i] + lanes.d[i];
    lanes.c[i] = lanes.d[i] + e;
    lanes.d[i] = e + lanes.a[i];
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

// The hits of samples [begin, end) of a step, from the last draws of the lanes; the first sample of
// the step is `first`.
inline std::uint64_t hitsOfStep(const Lanes& lanes, std::uint64_t seed, std::uint64_t first,
                                std::uint32_t begin, std::uint32_t end) {
  std::uint64_t hits = 0;
  for (std::uint32_t i = begin; i < end; ++i) {
    std::uint32_t shift = 16 * (i % 2);
    std::uint32_t x = lanes.d[i / 2] >> shift & 0xFFFF;
    std::uint32_t y = lanes.d[kLanePairs + i / 2] >> shift & 0xFFFF;
    hits += isHit(seed, first + i, x, y);
  }
  return hits;
}

// Vector kernels first take a sample for a hit if the rounding average of the two high products is
// below 2^15, that is, if its sign bit is clear.  This is wrong only for some of the averages from
// 32,766 to 32,768, which are called open.  If kOpenOffset is added to an average, with
// wrap-around, the open ones are below kOpenEnd as signed 16-bit numbers, and all others are not.
constexpr std::uint32_t average(std::uint32_t x, std::uint32_t y) {
  return (squareSum(x, y) + 1) / 2;
}
constexpr bool looksLikeHit(std::uint32_t x, std::uint32_t y) {
  return average(x, y) < kCircle / 2;
}
constexpr bool isOpen(std::uint32_t x, std::uint32_t y) {
  return average(x, y) - (kCircle / 2 - 2) <= 2;
}
inline constexpr std::int16_t kOpenOffset = 2;
inline constexpr std::int16_t kOpenEnd = -32'765;

// The error in a count of samples that look like hits, to be added to it.  It covers the last
// `steps` steps, at the positions whose bits are set in `open`.  `lanes` is the state after these
// steps; the first of them began with sample `first`.
std::uint64_t correction(const Lanes& lanes, std::uint64_t seed, std::uint64_t first,
                         std::uint64_t open, std::uint32_t steps);

// The part of the sampler `random` that differs between kernels.
struct RandomKernel {
  // Seeds the lanes of a block.
  void (*start)(std::uint64_t seed, std::uint64_t block, Lanes& lanes);
  // Advances the lanes by `steps` steps and returns their hits.  `steps` is a multiple of
  // kRunSteps, and at most kBlockSteps.  The first step begins with sample `first`.
  std::uint64_t (*run)(Lanes& lanes, std::uint64_t seed, std::uint64_t first, std::uint32_t steps);
};
inline constexpr std::uint32_t kRunSteps = 8;

// The hits of any range, computed by the loops of one kernel.
std::uint64_t hitsOfRange(const RandomKernel& kernel, std::uint64_t seed, SampleRange range);

extern const RandomKernel kPortableRandom;
#if defined(__x86_64__)
extern const RandomKernel kSse2Random;
extern const RandomKernel kAvx2Random;
extern const RandomKernel kAvx512Random;
#elif defined(__aarch64__)
extern const RandomKernel kNeonRandom;
#endif

}  // namespace pi::kernels
