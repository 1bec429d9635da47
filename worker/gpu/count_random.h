// Counts the samples of the sampler `random` on a GPU: a warp for each block, a thread for each
// pair of lanes.  The same code runs on a CPU, for tests.
//
// A thread decides by the 16 leading bits of both coordinates, x and y.  With s = x^2 + y^2, the
// square of the coordinates with all their bits is in [s, s + 2 (x + y + 1)), in units of 2^96.  So
// a sample with s >= 2^32 is a miss.  One with s < 2^32 - kOpenSums is a hit, since x + y is at
// most sqrt(2) 2^16 up to the arc.  Between these, one sample in 29,500, all bits decide.
#pragma once

#include <cstdint>

#include "worker/kernels/host_device.h"
#include "worker/kernels/random_rules.h"

namespace pi::gpu {

inline constexpr std::uint32_t kBlockSamples = 1 << 17;
// Open samples are looked for after so many steps.
inline constexpr std::uint32_t kGroupSteps = 16;
// More than 2 (sqrt(2) 2^16 + 1).
inline constexpr std::uint32_t kOpenSums = 185'366;

// A pair of lanes: the generators of the abscissas and the ordinates.
struct LanePair {
  kernels::Generator x, y;
};

// p + q modulo 2^32.  Adds one to `carries` if the sum is 2^32 or more.
PI_HOST_DEVICE inline std::uint32_t addCounting(std::uint32_t p, std::uint32_t q,
                                                std::uint32_t& carries) {
#ifdef __CUDA_ARCH__
  std::uint32_t sum;
  asm("add.cc.u32 %0, %2, %3;\n\taddc.u32 %1, %1, 0;" : "=r"(sum), "+r"(carries) : "r"(p), "r"(q));
  return sum;
#else
  std::uint32_t sum = p + q;
  carries += sum < p;
  return sum;
#endif
}

PI_HOST_DEVICE inline std::uint32_t larger(std::uint32_t a, std::uint32_t b) {
  return a < b ? b : a;
}

// The misses that were taken for hits in a group of steps.  `lanes` is their state after the group,
// and the group's first sample is `first`.  Rare, so it is kept out of the loop.
#ifdef __CUDACC__
__noinline__
#endif
    PI_HOST_DEVICE inline std::uint32_t
    missesTakenForHits(LanePair lanes, std::uint64_t seed, std::uint64_t first,
                       std::uint32_t pair) {
  std::uint32_t misses = 0;
  for (std::uint32_t step = kGroupSteps; step-- > 0;) {
    kernels::Drawn xs = kernels::stepBack(lanes.x), ys = kernels::stepBack(lanes.y);
    for (std::uint32_t row = 0; row < kernels::kRows; ++row) {
      for (std::uint32_t half = 0; half < 2; ++half) {
        std::uint32_t x = xs.rows[row] >> 16 * half & 0xFFFF;
        std::uint32_t y = ys.rows[row] >> 16 * half & 0xFFFF;
        std::uint64_t sum = std::uint64_t{x} * x + std::uint64_t{y} * y;
        bool isOpen = sum < std::uint64_t{1} << 32 && sum >= (std::uint64_t{1} << 32) - kOpenSums;
        if (!isOpen) continue;
        std::uint64_t sample =
            first + step * kernels::kStepSamples + row * kernels::kRowSamples + 2 * pair + half;
        misses += !kernels::isHitByAllBits(seed, sample, x, y);
      }
    }
  }
  return misses;
}

// The misses among the samples of one pair of lanes in a block.
PI_HOST_DEVICE inline std::uint32_t missesOfPair(std::uint64_t seed, std::uint64_t block,
                                                 std::uint32_t pair) {
  constexpr std::uint32_t kSteps = kBlockSamples / kernels::kStepSamples;
  static_assert(kSteps % kGroupSteps == 0, "a block is a number of groups");
  LanePair lanes{kernels::startOf(seed, block, pair),
                 kernels::startOf(seed, block, kernels::kLanePairs + pair)};
  const std::uint64_t first = block * kBlockSamples;
  std::uint32_t misses = 0;
  // The last group with open samples waits until the end of the block: then most threads of a warp
  // have one, and look at them together.
  LanePair open{};
  std::uint32_t openAt = kSteps;
#ifdef __CUDACC__
#pragma unroll 1
#endif
  for (std::uint32_t at = 0; at < kSteps; at += kGroupSteps) {
    std::uint32_t largest = 0;  // The largest sum modulo 2^32.
#ifdef __CUDACC__
#pragma unroll
#endif
    for (std::uint32_t i = 0; i < kGroupSteps; ++i) {
      kernels::Drawn xs = kernels::step(lanes.x), ys = kernels::step(lanes.y);
#ifdef __CUDACC__
#pragma unroll
#endif
      for (std::uint32_t row = 0; row < kernels::kRows; ++row) {
        std::uint32_t x = xs.rows[row], y = ys.rows[row];
        std::uint32_t x0 = x & 0xFFFF, y0 = y & 0xFFFF, x1 = x >> 16, y1 = y >> 16;
        std::uint32_t low = addCounting(x0 * x0, y0 * y0, misses);
        std::uint32_t high = addCounting(x1 * x1, y1 * y1, misses);
        largest = larger(largest, larger(low, high));
      }
    }
    if (largest >= 0U - kOpenSums) {
      if (openAt < kSteps) {
        misses += missesTakenForHits(open, seed, first + openAt * kernels::kStepSamples, pair);
      }
      open = lanes;
      openAt = at;
    }
  }
  if (openAt < kSteps) {
    misses += missesTakenForHits(open, seed, first + openAt * kernels::kStepSamples, pair);
  }
  return misses;
}

}  // namespace pi::gpu
