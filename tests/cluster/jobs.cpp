#include "tests/cluster/jobs.h"

#include <ctime>

#include "common/base/check.h"
#include "worker/kernels/kernel.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

// Unlike elapsed time, it does not count the time in which other processes use the CPU.
std::chrono::nanoseconds cpuTime() {
  timespec time{};
  PI_CHECK(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

std::uint64_t samplesWithin(std::chrono::milliseconds time) {
  const kernels::Kernel& portable = *kernels::find("portable");
  constexpr auto kLongEnough = 20ms;
  auto begin = cpuTime();
  std::uint64_t samples = 0;
  while (cpuTime() - begin < kLongEnough) {
    portable.hitsIn({}, {.begin = samples, .end = samples + kBlockSamples});
    samples += kBlockSamples;
  }
  return static_cast<std::uint64_t>(static_cast<double>(samples) *
                                    (std::chrono::duration<double>(time) / (cpuTime() - begin)));
}

std::uint64_t hitsAmong(std::uint64_t samples, Stream stream) {
  return kernels::best().hitsIn(stream, {.begin = 0, .end = samples}).total();
}

}  // namespace pi::cluster
