// The rules of the sampler `random` for one sample and one generator, on CPUs and GPUs.  STREAM.md
// specifies them.
#pragma once

#include <cstdint>

#include "worker/kernels/host_device.h"
#include "worker/kernels/philox.h"

namespace pi::kernels {

inline constexpr std::uint32_t kLanes = 64;
inline constexpr std::uint32_t kLanePairs = kLanes / 2;
// A lane draws so many words in a step, one for each row.
inline constexpr std::uint32_t kRows = 2;
inline constexpr std::uint32_t kRowSamples = 2 * kLanePairs;
inline constexpr std::uint32_t kStepSamples = kRows * kRowSamples;

// The purpose of random bits; it is the last word of the Philox counter.
enum class Domain : std::uint32_t { kLaneState = 0, kLowBits = 1, kSobolShift = 2 };

[[gnu::always_inline]] PI_HOST_DEVICE constexpr Words randomWords(std::uint64_t seed, Domain domain,
                                                                  std::uint64_t number,
                                                                  std::uint32_t lane = 0) {
  return philox({static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32), lane,
                 static_cast<std::uint32_t>(domain)},
                seed);
}

[[gnu::always_inline]] PI_HOST_DEVICE constexpr std::uint32_t rotatedLeft(std::uint32_t word,
                                                                          int bits) {
  return word << bits | word >> (32 - bits);
}

// The state of one lane: Jenkins' small generator, 32 bits wide, two rotations.
struct Generator {
  std::uint32_t a, b, c, d;
};

// The words of a step, one for each row.
struct Drawn {
  std::uint32_t rows[kRows];
};

PI_HOST_DEVICE constexpr Generator startOf(std::uint64_t seed, std::uint64_t block,
                                           std::uint32_t lane) {
  Words words = randomWords(seed, Domain::kLaneState, block, lane);
  // A state of zeros would give zeros only.
  bool isZero = (words[0] | words[1] | words[2] | words[3]) == 0;
  return {isZero ? 1 : words[0], words[1], words[2], words[3]};
}

PI_HOST_DEVICE constexpr Drawn step(Generator& g) {
  std::uint32_t rotated = rotatedLeft(g.b, 27);
  std::uint32_t e = g.a - rotated;
  g.a = g.b ^ rotatedLeft(g.c, 17);
  g.b = g.c + g.d;
  g.c = g.d + e;
  g.d = e + g.a;
  return {{g.d, g.c ^ rotated}};
}

// Undoes a step and returns its words, so no copies of earlier states are needed.
PI_HOST_DEVICE constexpr Drawn stepBack(Generator& g) {
  std::uint32_t first = g.d, c = g.c;
  std::uint32_t e = g.d - g.a;
  g.d = g.c - e;
  g.c = g.b - g.d;
  g.b = g.a ^ rotatedLeft(g.c, 17);
  std::uint32_t rotated = rotatedLeft(g.b, 27);
  g.a = e + rotated;
  return {{first, c ^ rotated}};
}

// Whether a point is in the quarter circle of radius 1.  The coordinates are in units of 2^-64.
PI_HOST_DEVICE constexpr bool isInside(std::uint64_t x, std::uint64_t y) {
  __extension__ using Wide = unsigned __int128;
  Wide xx = Wide{x} * x;
  return xx + Wide{y} * y >= xx;  // The sum wraps around at 2^128.
}

PI_HOST_DEVICE constexpr std::uint64_t joinedBits(std::uint64_t high16, std::uint64_t middle16,
                                                  std::uint64_t low32) {
  return high16 << 48 | (middle16 & 0xFFFF) << 32 | low32;
}

// Whether a sample is a hit; x and y are the 16 leading bits of its coordinates.
PI_HOST_DEVICE constexpr bool isHitByAllBits(std::uint64_t seed, std::uint64_t sample,
                                             std::uint32_t x, std::uint32_t y) {
  Words low = randomWords(seed, Domain::kLowBits, sample);
  return isInside(joinedBits(x, low[1], low[0]), joinedBits(y, low[3], low[2]));
}

}  // namespace pi::kernels
