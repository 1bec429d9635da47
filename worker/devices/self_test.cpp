#include "worker/devices/self_test.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "common/base/check.h"
#include "common/net/loop/clock.h"
#include "worker/devices/gpu_unit.h"

namespace pi::worker {
namespace {

struct Sample {
  Stream stream;
  std::uint64_t blockSamples;
  std::uint64_t firstBlock;
  std::uint64_t blocks;
};

constexpr std::uint64_t netBlock(int level) { return std::uint64_t{16} << (2 * level); }

// Far from each other in the stream; the nets have one segment of a walk, and several.
constexpr std::array kSamples{
    Sample{{.seed = 0, .sampler = Sampler::kRandom}, kBlockSamples, 0, 1},
    Sample{{.seed = ~std::uint64_t{0}, .sampler = Sampler::kRandom}, kBlockSamples, 12'345, 300},
    Sample{{.seed = 42, .sampler = Sampler::kRandom},
           kBlockSamples,
           kSamplesEnd / kBlockSamples - 50,
           50},
    Sample{{.seed = 7, .sampler = Sampler::kSobol}, netBlock(6), 1'000'003, 40},
    Sample{{.seed = 7, .sampler = Sampler::kSobol}, netBlock(13), 1'021, 3},
    Sample{
        {.seed = 0, .sampler = Sampler::kSobol}, netBlock(16), kSamplesEnd / netBlock(16) - 1, 1},
};

}  // namespace

bool computesLike(GpuProcess& gpu, const kernels::Kernel& kernel) {
  int lane = 0;
  return std::ranges::all_of(kSamples, [&](const Sample& sample) {
    SampleRange range{.begin = sample.firstBlock * sample.blockSamples,
                      .end = (sample.firstBlock + sample.blocks) * sample.blockSamples};
    auto request = requestFor(sample.stream, range, sample.blockSamples);
    PI_CHECK(request);
    lane = (lane + 1) % gpu::kLaneCount;
    return gpu.count(lane, *request) == kernel.hitsIn(sample.stream, range);
  });
}

std::uint64_t measureSpeed(GpuProcess& gpu) {
  constexpr Duration kLongEnough = std::chrono::milliseconds(20);
  gpu::Request request{
      .work = gpu::Work::kRandom, .level = 0, .seed = 2017, .first = 0, .count = 1};
  while (true) {
    Instant begunAt = net::now();
    gpu.count(0, request);
    Duration took = std::max(net::now() - begunAt, Duration(1));
    if (took >= kLongEnough || request.count >= kRunBlocks) {
      double perSecond = static_cast<double>(request.count * kBlockSamples) / seconds(took);
      return std::max<std::uint64_t>(static_cast<std::uint64_t>(perSecond), 1);
    }
    request.count *= 2;
  }
}

}  // namespace pi::worker
