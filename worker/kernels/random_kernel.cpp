#include "worker/kernels/random_kernel.h"

#include <algorithm>

namespace pi::kernels {
namespace {

// The hits of samples [begin, end) of a block; begin < end.
std::uint64_t hitsOfBlock(const RandomKernel& kernel, std::uint64_t seed, std::uint64_t block,
                          std::uint32_t begin, std::uint32_t end, OpenGroups& open) {
  Lanes lanes;
  Draws draws;
  kernel.start(seed, block, lanes);
  std::uint64_t first = block * kBlockSamples;
  std::uint32_t at = 0;
  // The steps before the range are run only to advance the lanes.
  if (std::uint32_t skipped = begin / (kGroupSteps * kStepSamples) * kGroupSteps; skipped > 0) {
    kernel.run(lanes, seed, first, skipped, open);
    at = skipped * kStepSamples;
  }
  std::uint64_t hits = 0;
  while (at < end) {
    std::uint32_t whole = (end - at) / (kGroupSteps * kStepSamples) * kGroupSteps;
    if (at >= begin && whole > 0) {
      hits += kernel.run(lanes, seed, first + at, whole, open);
      at += whole * kStepSamples;
      continue;
    }
    step(lanes, draws);
    std::uint32_t from = std::clamp(begin, at, at + kStepSamples) - at;
    std::uint32_t to = std::min(end - at, kStepSamples);
    if (from < to) hits += hitsOfStep(draws, seed, first + at, from, to);
    at += kStepSamples;
  }
  return hits;
}

}  // namespace

std::uint64_t hitsOfRange(const RandomKernel& kernel, std::uint64_t seed, SampleRange range,
                          const StopFlag* stop) {
  OpenGroups open;
  std::uint64_t hits = 0;
  for (std::uint64_t at = range.begin; at < range.end && !isSet(stop);) {
    std::uint64_t block = at / kBlockSamples;
    std::uint64_t begin = at % kBlockSamples;
    std::uint64_t end = std::min(kBlockSamples, begin + (range.end - at));
    hits += hitsOfBlock(kernel, seed, block, static_cast<std::uint32_t>(begin),
                        static_cast<std::uint32_t>(end), open);
    at += end - begin;
  }
  return hits;
}

}  // namespace pi::kernels
