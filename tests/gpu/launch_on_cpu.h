// Launches of the GPU's kernels, counted on the CPU thread by thread, with the same code.
#pragma once

#include <cstdint>

#include "worker/gpu/launch.h"

namespace pi::gpu {

// Adds the hits of the launch, as countRandom does.
inline void countOnCpu(const RandomLaunch& launch, std::uint64_t* hits) {
  for (std::uint32_t block = 0; block < launch.blocks; ++block) {
    std::uint64_t misses = 0;
    for (std::uint32_t pair = 0; pair < kWarpThreads; ++pair) {
      misses += missesOfPair(launch.seed, launch.firstBlock + block, pair);
    }
    hits[0] += kBlockSamples - misses;
  }
}

// Adds the hits of the launch, in each replicate, as countNets does.
inline void countOnCpu(const NetsLaunch& launch, std::uint64_t* hits) {
  NetMoves moves{};
  for (int t = 0; t < launch.level; ++t) {
    setMove(moves, launch.level, 0, t);
    setMove(moves, launch.level, 1, t);
  }
  for (std::uint64_t thread = 0; thread < threadsOf(launch); ++thread) {
    NetsTask task = taskOf(launch, thread);
    SegmentHits counted = hitsOfSegment(launch.seed, task.firstPoint, launch.level, task.firstStep,
                                        task.firstReplicate, moves);
    for (std::uint32_t i = 0; i < kThreadReplicates; ++i) {
      hits[task.firstReplicate + i] += counted.hits[i];
    }
  }
}

}  // namespace pi::gpu
