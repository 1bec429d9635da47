#include "worker/devices/gpu_unit.h"

#include <algorithm>
#include <bit>

#include "common/base/check.h"
#include "common/model/sampler.h"
#include "worker/gpu/count_nets.h"
#include "worker/gpu/count_random.h"

namespace pi::worker {
namespace {

constexpr std::uint64_t kReplicates = strataCount(Sampler::kSobol);
static_assert(kReplicates == gpu::kReplicates);
static_assert(kBlockSamples == gpu::kBlockSamples);

// The level of the nets of such a block; zero if it has none.
int netLevelOf(std::uint64_t blockSamples) {
  std::uint64_t points = blockSamples / kReplicates;
  bool hasNets = points * kReplicates == blockSamples && std::has_single_bit(points) &&
                 std::countr_zero(points) % 2 == 0;
  int level = hasNets ? std::countr_zero(points) / 2 : 0;
  return level <= gpu::kLargestNet ? level : 0;
}

}  // namespace

std::optional<gpu::Request> requestFor(Stream stream, SampleRange blocks,
                                       std::uint64_t blockSamples) {
  PI_CHECK(blocks.size() / blockSamples <= kRunBlocks);
  gpu::Request request{.work = gpu::Work::kRandom,
                       .level = 0,
                       .seed = stream.seed,
                       .first = blocks.begin / blockSamples,
                       .count = blocks.size() / blockSamples};
  switch (stream.sampler) {
    case Sampler::kRandom:
      if (blockSamples != kBlockSamples) return std::nullopt;
      return request;
    case Sampler::kSobol:
      request.work = gpu::Work::kNets;
      request.level = netLevelOf(blockSamples);
      request.first = blocks.begin / kReplicates;
      if (request.level == 0) return std::nullopt;
      return request;
  }
  return std::nullopt;
}

Hits GpuUnit::count(Stream stream, SampleRange run, std::uint64_t blockSamples,
                    const kernels::StopFlag& stop) {
  SampleRange whole{.begin = (run.begin + blockSamples - 1) / blockSamples * blockSamples,
                    .end = run.end / blockSamples * blockSamples};
  std::optional<gpu::Request> request;
  if (whole.begin < whole.end) request = requestFor(stream, whole, blockSamples);
  if (!request) return ends_.count(stream, run, blockSamples, stop);
  SampleRange front{.begin = run.begin, .end = whole.begin};
  SampleRange back{.begin = whole.end, .end = run.end};
  Hits hits = process_->count(lane_, *request);
  hits += ends_.count(stream, front, blockSamples, stop);
  hits += ends_.count(stream, back, blockSamples, stop);
  return hits;
}

ComputeUnits gpuUnits(const std::shared_ptr<GpuProcess>& process, CpuUnit::Compute ends,
                      double speed) {
  ComputeUnits units;
  for (int lane = 0; lane < gpu::kLaneCount; ++lane) {
    units.push_back(std::make_unique<GpuUnit>(process, lane, ends, speed / gpu::kLaneCount));
  }
  return units;
}

}  // namespace pi::worker
