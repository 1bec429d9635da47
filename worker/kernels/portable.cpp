// The reference kernel: plain C++, for every CPU.
#include "worker/kernels/random_kernel.h"
#include "worker/kernels/sobol.h"

#define PI_TARGET  // Any CPU will do.

namespace pi::kernels {
namespace {

typedef std::uint32_t Vector [[gnu::vector_size(8)]];  // One replicate at a time.

template <typename Wide>
Wide product(const Wide& low, std::uint32_t factor) {
  return low * std::uint64_t{factor};
}

template <typename Wide>
Wide square(const Wide& low) {
  return low * low;
}

void start(std::uint64_t seed, std::uint64_t block, Lanes& lanes) {
  startBlock(seed, block, lanes);
}

// Counts the samples of a step all at once, in a form that compilers can vectorise; and one by one
// if the leading bits leave any of them open.
std::uint64_t run(Lanes& lanes, std::uint64_t seed, std::uint64_t first, std::uint32_t steps,
                  OpenGroups&) {
  Draws draws;
  std::uint64_t hits = 0;
  for (std::uint32_t at = 0; at < steps; ++at) {
    step(lanes, draws);
    std::uint32_t inside = 0, open = 0;
    for (const auto& row : draws.rows) {
      for (std::uint32_t i = 0; i < kLanePairs; ++i) {
        std::uint32_t x = row[i], y = row[kLanePairs + i];
        std::uint32_t low = squareSum(x & 0xFFFF, y & 0xFFFF), high = squareSum(x >> 16, y >> 16);
        inside += std::uint32_t{low < kOpenSum} + std::uint32_t{high < kOpenSum};
        open += std::uint32_t{low - kOpenSum < kCircle - kOpenSum} +
                std::uint32_t{high - kOpenSum < kCircle - kOpenSum};
      }
    }
    std::uint64_t sample = first + std::uint64_t{at} * kStepSamples;
    hits += open == 0 ? inside : hitsOfStep(draws, seed, sample, 0, kStepSamples);
  }
  return hits;
}

}  // namespace
}  // namespace pi::kernels

#include "worker/kernels/net_walk.h"

namespace pi::kernels {

constinit const WalkNet kPortableWalkNet = &walkNet;
constinit const RandomKernel kPortableRandom{.start = &start, .run = &run};

}  // namespace pi::kernels
