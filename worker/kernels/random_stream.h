// The random sampler's scalar rules, which every kernel shares; STREAM.md is the specification.
#pragma once

#include <cstdint>

#include "worker/kernels/kernel.h"
#include "worker/kernels/philox.h"

namespace pi::kernels {

inline constexpr std::uint32_t kLanes = 64;
inline constexpr std::uint32_t kLanePairs = kLanes / 2;
inline constexpr std::uint32_t kStepSamples = 2 * kLanePairs;
inline constexpr std::uint32_t kBlockSteps = kBlockSamples / kStepSamples;

// What a counter's last word says that the random bits are for.
enum class Domain : std::uint32_t { kLaneState = 0, kLowBits = 1, kSobolShift = 2 };

[[gnu::always_inline]] constexpr Words randomWords(std::uint64_t seed, Domain domain,
                                                   std::uint64_t number, std::uint32_t lane = 0) {
  return philox({static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32), lane,
                 static_cast<std::uint32_t>(domain)},
                seed);
}

// The states of a block's generators.  Lane l draws abscissas and lane kLanePairs + l ordinates;
// a lane's last draw is its d.
struct Lanes {
  alignas(64) std::uint32_t a[kLanes];
  alignas(64) std::uint32_t b[kLanes];
  alignas(64) std::uint32_t c[kLanes];
  alignas(64) std::uint32_t d[kLanes];
};

// A generator of zeros would give nothing but zeros.
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

// Whether a point with 64-bit coordinates, in units of 2^-64, is in the quarter circle of radius 1.
constexpr bool isInside(std::uint64_t x, std::uint64_t y) {
  __extension__ using Wide = unsigned __int128;
  Wide xx = Wide{x} * x;
  return xx + Wide{y} * y >= xx;  // Wraps around from 2^128 on.
}

// Where the 16 leading bits of both coordinates put a sample.  Squares are taken in units of 2^16,
// rounded down, so that the circle is at 2^16; a sum below 65,532 is inside even at the cell's far
// corner, one from 65,536 on is outside even at its near corner.
constexpr std::uint32_t squareSum(std::uint32_t x, std::uint32_t y) {
  return (x * x >> 16) + (y * y >> 16);
}
inline constexpr std::uint32_t kCircle = 65'536;
inline constexpr std::uint32_t kOpenSum = 65'532;

// Whether a sample is a hit, of which x and y are the coordinates' 16 leading bits.
inline bool isHitByAllBits(std::uint64_t seed, std::uint64_t sample, std::uint32_t x,
                           std::uint32_t y) {
  Words low = randomWords(seed, Domain::kLowBits, sample);
  auto joined = [](std::uint64_t high16, std::uint64_t middle16, std::uint64_t low32) {
    return high16 << 48 | (middle16 & 0xFFFF) << 32 | low32;
  };
  return isInside(joined(x, low[1], low[0]), joined(y, low[3], low[2]));
}

// The same, with no more bits than it takes.
inline bool isHit(std::uint64_t seed, std::uint64_t sample, std::uint32_t x, std::uint32_t y) {
  std::uint32_t sum = squareSum(x, y);
  if (sum < kOpenSum) return true;
  if (sum >= kCircle) return false;
  return isHitByAllBits(seed, sample, x, y);
}

// Hits among samples [begin, end) of a step whose first sample is `first`, by the lanes' last
// draws.
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

// What vector kernels take for a hit at first: a rounding average of two high products below 2^15,
// that is, whose sign bit is clear.  This is wrong only for some of the averages from 32,766 to
// 32,768, the "open" ones.  With kOpenOffset added, wrapping around, they are less than kOpenEnd as
// signed 16-bit numbers, less than all others.
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

// What to add to a count of what looks like hits, for the last `steps` steps at the step's
// positions whose bits are set in `open`.  `lanes` are as after these steps; the first of them
// began with sample `first`.
std::uint64_t correction(const Lanes& lanes, std::uint64_t seed, std::uint64_t first,
                         std::uint64_t open, std::uint32_t steps);

// What differs between the kernels.
struct RandomKernel {
  // Seeds the lanes of a block.
  void (*start)(std::uint64_t seed, std::uint64_t block, Lanes& lanes);
  // Advances the lanes by at most kBlockSteps steps, a multiple of kRunSteps, the first of which
  // begins with sample `first`, and returns their hits.
  std::uint64_t (*run)(Lanes& lanes, std::uint64_t seed, std::uint64_t first, std::uint32_t steps);
};
inline constexpr std::uint32_t kRunSteps = 8;

// Hits among any range's samples, on top of one kernel's loops.
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
