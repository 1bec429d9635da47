#include "worker/kernels/portable.h"

#include "worker/kernels/random_stream.h"
#include "worker/kernels/sobol.h"

namespace pi::kernels {
namespace {

void start(std::uint64_t seed, std::uint64_t block, Lanes& lanes) {
  startBlock(seed, block, lanes);
}

std::uint64_t run(Lanes& lanes, std::uint64_t seed, std::uint64_t first, std::uint32_t steps) {
  std::uint64_t hits = 0;
  for (std::uint32_t i = 0; i < steps; ++i) {
    step(lanes);
    hits += hitsOfStep(lanes, seed, first + i * kStepSamples, 0, kStepSamples);
  }
  return hits;
}

}  // namespace

Hits portableHitsIn(Stream stream, SampleRange range) {
  if (stream.sampler == Sampler::kSobol) return sobolHitsIn(stream.seed, range);
  Hits hits;
  hits.strata[0] = hitsOfRange({.startBlock = &start, .run = &run}, stream.seed, range);
  return hits;
}

}  // namespace pi::kernels
