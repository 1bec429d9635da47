// The speed of the fastest kernel on this machine's threads, without the rest of the system.
//   bare_kernel THREADS SECONDS
// Prints the samples per second of all threads together.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "worker/kernels/kernel.h"

namespace pi {
namespace {

using Clock = std::chrono::steady_clock;

// Computes until `end`; returns the number of samples.
std::uint64_t computeUntil(Clock::time_point end) {
  constexpr std::uint64_t kStep = 256 * kBlockSamples;  // A few milliseconds.
  SampleRange range{.begin = 0, .end = kStep};
  for (; Clock::now() < end; range = {.begin = range.end, .end = range.end + kStep}) {
    kernels::best().hitsIn({.seed = 2017}, range);
  }
  return range.begin;
}

double samplesPerSecond(int threadCount, std::chrono::duration<double> length) {
  std::atomic<std::uint64_t> samples = 0;
  auto begin = Clock::now();
  auto end = begin + std::chrono::duration_cast<Clock::duration>(length);
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(threadCount));
  for (int i = 0; i < threadCount; ++i) {
    threads.emplace_back([end, &samples] { samples += computeUntil(end); });
  }
  for (std::thread& thread : threads) thread.join();
  std::chrono::duration<double> taken = Clock::now() - begin;
  return static_cast<double>(samples) / taken.count();
}

}  // namespace
}  // namespace pi

int main(int argc, char** argv) {
  int threads = argc == 3 ? std::atoi(argv[1]) : 0;
  double seconds = argc == 3 ? std::atof(argv[2]) : 0;
  if (threads < 1 || seconds <= 0) {
    std::fprintf(stderr, "usage: bare_kernel THREADS SECONDS\n");
    return 2;
  }
  std::printf("%.6e\n", pi::samplesPerSecond(threads, std::chrono::duration<double>(seconds)));
}
