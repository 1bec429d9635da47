#include "worker/kernels/random_stream.h"

namespace pi::kernels {
namespace {

// Hits among samples [begin, end) of a block; begin < end.
std::uint64_t hitsOfBlock(const RandomKernel& kernel, std::uint64_t seed, std::uint64_t block,
                          std::uint32_t begin, std::uint32_t end) {
  Lanes lanes;
  kernel.startBlock(seed, block, lanes);
  std::uint64_t first = block * kBlockSamples;
  std::uint32_t at = 0;
  // What comes before the range is run as well, only to move the lanes there.
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

}  // namespace

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
