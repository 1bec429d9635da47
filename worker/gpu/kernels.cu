// The kernels of the GPU: they distribute a launch over threads and add up what these count.
#include "worker/gpu/launch.h"

namespace {

using namespace pi::gpu;
using Total = unsigned long long;

__device__ std::uint64_t threadNumber() {
  return std::uint64_t{blockIdx.x} * kGroupThreads + threadIdx.x;
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kGroupThreads)
    countRandom(const RandomLaunch launch, Total* hits) {
  const std::uint64_t block = threadNumber() / kWarpThreads;
  if (block >= launch.blocks) return;  // The same for all threads of a warp.
  const std::uint32_t pair = threadIdx.x % kWarpThreads;
  const std::uint32_t misses =
      __reduce_add_sync(~0U, missesOfPair(launch.seed, launch.firstBlock + block, pair));
  if (pair == 0) atomicAdd(&hits[0], Total{kBlockSamples - misses});
}

extern "C" __global__ void __launch_bounds__(kGroupThreads)
    countNets(const NetsLaunch launch, Total* hits) {
  __shared__ NetMoves moves;
  __shared__ Total sums[kReplicates];
  if (threadIdx.x < kReplicates) sums[threadIdx.x] = 0;
  const int t = static_cast<int>(threadIdx.x / 2);
  if (t < launch.level) setMove(moves, launch.level, static_cast<int>(threadIdx.x % 2), t);
  // The last step of a walk asks for this move, and does not use it.
  if (t == launch.level) moves.u[threadIdx.x % 2][t] = moves.v[threadIdx.x % 2][t] = 0;
  __syncthreads();
  if (threadNumber() < threadsOf(launch)) {
    const NetsTask task = taskOf(launch, threadNumber());
    const SegmentHits counted = hitsOfSegment(launch.seed, task.firstPoint, launch.level,
                                              task.firstStep, task.firstReplicate, moves);
    for (std::uint32_t i = 0; i < kThreadReplicates; ++i) {
      atomicAdd(&sums[task.firstReplicate + i], Total{counted.hits[i]});
    }
  }
  __syncthreads();
  if (threadIdx.x < kReplicates) atomicAdd(&hits[threadIdx.x], sums[threadIdx.x]);
}
