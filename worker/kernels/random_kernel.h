// The part of the sampler `random` that differs between kernels, and its use for any range.
#pragma once

#include "worker/kernels/kernel.h"
#include "worker/kernels/open_groups.h"

namespace pi::kernels {

// A kernel of the sampler `random`.
struct RandomKernel {
  // Seeds the lanes of a block.
  void (*start)(std::uint64_t seed, std::uint64_t block, Lanes& lanes);
  // Advances the lanes by `steps` steps and returns their hits.  `steps` is a multiple of
  // kGroupSteps, and at most kBlockSteps.  The first step begins with sample `first`.  `open` is
  // empty before and after.
  std::uint64_t (*run)(Lanes& lanes, std::uint64_t seed, std::uint64_t first, std::uint32_t steps,
                       OpenGroups& open);
};

// The hits of any range, computed by the loops of one kernel.  It looks at `stop` before each
// block.
std::uint64_t hitsOfRange(const RandomKernel& kernel, std::uint64_t seed, SampleRange range,
                          const StopFlag* stop);

extern const RandomKernel kPortableRandom;
#if defined(__x86_64__)
extern const RandomKernel kSse2Random;
extern const RandomKernel kAvx2Random;
extern const RandomKernel kAvx512Random;
#elif defined(__aarch64__)
extern const RandomKernel kNeonRandom;
#endif

}  // namespace pi::kernels
