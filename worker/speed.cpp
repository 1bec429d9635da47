#include "worker/speed.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "common/net/loop/clock.h"

namespace pi::worker {

namespace {

std::uint64_t speedOfOne(const kernels::Kernel& kernel) {
  constexpr Duration kLongEnough = std::chrono::milliseconds(4);
  const Stream stream{.seed = 2017, .sampler = Sampler::kRandom};
  SampleRange block{.begin = 0, .end = kBlockSamples};
  kernel.hitsIn(stream, block);  // Wakes the vector units of the CPU.

  // The fastest block counts: other processes may have used the CPU during the others.
  const Instant begunAt = net::now();
  Duration fastest = Duration::max();
  for (Instant at = begunAt; at - begunAt < kLongEnough;) {
    block = {.begin = block.end, .end = block.end + kBlockSamples};
    kernel.hitsIn(stream, block);
    Instant finishedAt = net::now();
    fastest = std::min(fastest, std::max(finishedAt - at, Duration(1)));
    at = finishedAt;
  }
  double perSecond = static_cast<double>(kBlockSamples) / seconds(fastest);
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(perSecond), 1);
}

}  // namespace

std::uint64_t measureSpeed(const kernels::Kernel& kernel, std::uint32_t threads) {
  std::atomic<std::uint64_t> sum = 0, measured = 0;
  auto measure = [&] {
    sum += speedOfOne(kernel);
    ++measured;
  };
  std::vector<std::thread> others;
  try {
    while (others.size() + 1 < threads) others.emplace_back(measure);
  } catch (const std::exception&) {
    // The system refuses a thread.  The compute pool will say so.
  }
  measure();
  for (std::thread& other : others) other.join();
  return sum / measured * threads;
}

}  // namespace pi::worker
