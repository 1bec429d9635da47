// gpu_check [SECONDS]: compares each GPU of this machine with a kernel of the CPU on random ranges,
// then prints the GPU's speed and its share of what the GPU could do at most.  See
// scripts/gpu-check.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/net/loop/clock.h"
#include "worker/devices/gpu_process.h"
#include "worker/devices/gpu_unit.h"
#include "worker/kernels/kernel.h"

namespace {

using namespace pi;
using worker::ComputeUnits;
using worker::GpuProcess;

// Instructions of the integer units, which are the busiest ones, for one sample: counted in the
// machine code of countRandom's loop for compute capability 9.0.  A multiprocessor has 64 lanes of
// these units.
constexpr double kIntegerInstructions = 6.2;
constexpr double kIntegerLanes = 64;

constexpr std::uint64_t netBlock(int level) { return std::uint64_t{16} << (2 * level); }

// Compares so many random runs of each kind.
bool isExact(ComputeUnits& units, int runs) {
  kernels::StopFlag stop = false;
  std::mt19937_64 random(std::random_device{}());
  for (int i = 0; i < runs; ++i) {
    const bool isRandom = i % 2 == 0;
    const int level = 6 + static_cast<int>(random() % 12);
    const std::uint64_t block = isRandom ? kBlockSamples : netBlock(level);
    const Stream stream{.seed = random(), .sampler = isRandom ? Sampler::kRandom : Sampler::kSobol};
    const std::uint64_t size = 1 + random() % ((isRandom ? 20'000 : 3) * block);
    const std::uint64_t begin = random() % (kSamplesEnd - size);
    const SampleRange run{.begin = begin, .end = begin + size};
    const Hits wanted = kernels::best().hitsIn(stream, run);
    if (units[random() % units.size()]->count(stream, run, block, stop) == wanted) continue;
    std::printf("WRONG: seed %llu, samples %llu to %llu, blocks of %llu\n",
                static_cast<unsigned long long>(stream.seed),
                static_cast<unsigned long long>(run.begin),
                static_cast<unsigned long long>(run.end), static_cast<unsigned long long>(block));
    return false;
  }
  std::printf("  %d random ranges of both samplers: the same integers as the CPU\n", runs);
  return true;
}

struct Measured {
  double samplesPerSecond, launchSeconds;
};

// All lanes count runs of so many blocks for that long.
Measured speedOf(ComputeUnits& units, Stream stream, std::uint64_t blockSamples,
                 std::uint64_t blocks, Duration length) {
  kernels::StopFlag stop = false;
  std::atomic<std::uint64_t> next = 0;
  const Instant begunAt = net::now();
  std::vector<std::thread> threads;
  for (auto& unit : units) {
    threads.emplace_back([&] {
      while (net::now() - begunAt < length) {
        std::uint64_t begin = next++ * blocks * blockSamples;
        unit->count(stream, {.begin = begin, .end = begin + blocks * blockSamples}, blockSamples,
                    stop);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double took = seconds(net::now() - begunAt);
  const auto runs = static_cast<double>(next.load());
  return {runs * static_cast<double>(blocks * blockSamples) / took, took / runs};
}

bool check(std::uint32_t number, Duration length) {
  auto gpu = std::make_shared<GpuProcess>(number);
  const worker::GpuInfo& info = gpu->info();
  std::printf("%s, %u multiprocessors at %u MHz, compute capability %s, CUDA %s\n",
              gpu->name().c_str(), info.multiprocessors, info.clockMegahertz,
              info.capability.c_str(), info.driver.c_str());
  ComputeUnits units = gpuUnits(gpu, kernels::best().compute);
  if (!isExact(units, 200)) return false;
  const Stream random{.seed = 1, .sampler = Sampler::kRandom};
  // The first launches tell how many blocks take 50 ms.
  Measured first = speedOf(units, random, kBlockSamples, 10'000, std::chrono::milliseconds(200));
  auto blocks =
      static_cast<std::uint64_t>(std::clamp(0.05 / first.launchSeconds * 10'000, 1.0, 4e6));
  Measured whole = speedOf(units, random, kBlockSamples, blocks, length);
  const double bound =
      info.multiprocessors * info.clockMegahertz * 1e6 * kIntegerLanes / kIntegerInstructions;
  std::printf("  random: %.3f T samples/s, launches of %.0f ms; %.0f %% of the bound of %.2f T\n",
              whole.samplesPerSecond / 1e12, whole.launchSeconds * 1e3,
              whole.samplesPerSecond / bound * 100, bound / 1e12);
  const Stream sobol{.seed = 1, .sampler = Sampler::kSobol};
  Measured nets = speedOf(units, sobol, netBlock(25), 2, length);
  std::printf("  sobol: a block of 2^54 samples by nets in %.3f ms\n",
              nets.launchSeconds / 2 * 1e3);
  std::fflush(stdout);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const auto length = std::chrono::seconds(argc > 1 ? std::max(std::atoi(argv[1]), 1) : 5);
  try {
    bool isRight = true;
    const auto gpus = static_cast<std::uint32_t>(worker::listGpus().size());
    for (std::uint32_t number = 0; number < gpus; ++number) isRight &= check(number, length);
    return isRight ? 0 : 1;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "gpu_check: %s\n", failure.what());
    return 1;
  }
}
