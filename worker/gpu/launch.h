// Launches on a GPU: the arguments of the two kernels, and how many threads they need.
#pragma once

#include <cstdint>

#include "worker/gpu/count_nets.h"
#include "worker/gpu/count_random.h"

namespace pi::gpu {

inline constexpr std::uint32_t kGroupThreads = 256;
inline constexpr std::uint32_t kWarpThreads = 32;

// Counts the blocks firstBlock to firstBlock + blocks - 1 of the sampler `random`.
struct RandomLaunch {
  std::uint64_t seed;
  std::uint64_t firstBlock;
  std::uint32_t blocks;
};

// Counts `nets` nets of 4^level points in each replicate, from point firstPoint on, which is a
// multiple of 4^level.  1 <= level <= kLargestNet.
struct NetsLaunch {
  std::uint64_t seed;
  std::uint64_t firstPoint;
  std::int32_t level;
  std::uint32_t nets;
};

// The names of the kernels.  Each takes one of these structs, and the address of kReplicates hits,
// to which it adds its own.
inline constexpr char kRandomKernel[] = "countRandom";
inline constexpr char kNetsKernel[] = "countNets";

// The threads that a launch needs; a multiple of kWarpThreads for the blocks, of kReplicates /
// kThreadReplicates for the nets.
PI_HOST_DEVICE constexpr std::uint64_t threadsOf(const RandomLaunch& launch) {
  return std::uint64_t{launch.blocks} * kWarpThreads;
}

PI_HOST_DEVICE constexpr std::uint64_t segmentsOf(int level) {
  return (walkSteps(level) + kSegmentSteps - 1) / kSegmentSteps;
}

PI_HOST_DEVICE constexpr std::uint64_t threadsOf(const NetsLaunch& launch) {
  return launch.nets * segmentsOf(launch.level) * (kReplicates / kThreadReplicates);
}

// The part of one thread of countNets.
struct NetsTask {
  std::uint64_t firstPoint;
  std::uint64_t firstStep;
  std::uint32_t firstReplicate;
};

PI_HOST_DEVICE constexpr NetsTask taskOf(const NetsLaunch& launch, std::uint64_t thread) {
  constexpr std::uint32_t kParts = kReplicates / kThreadReplicates;
  const std::uint64_t segment = thread / kParts;
  return {launch.firstPoint + (segment / segmentsOf(launch.level) << 2 * launch.level),
          segment % segmentsOf(launch.level) * kSegmentSteps,
          static_cast<std::uint32_t>(thread % kParts) * kThreadReplicates};
}

}  // namespace pi::gpu
