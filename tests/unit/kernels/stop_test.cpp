// Computations that are abandoned while they run.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

#include "worker/kernels/random_kernel.h"
#include "worker/kernels/sobol.h"

namespace pi::kernels {
namespace {

// The flag, and after how many stretches of work it is set, as another thread would.
struct Stop {
  StopFlag flag = false;
  int stretches = 0;
  std::uint64_t longest = 0;  // In steps.

  void note(std::uint64_t steps) {
    longest = std::max(longest, steps);
    if (++stretches == kStretches) flag = true;
  }
  static constexpr int kStretches = 3;
};

Stop* current = nullptr;

void walkAndNote(NetWalk& walk, std::uint64_t steps) {
  current->note(steps);
  kPortableWalkNet(walk, steps);
}

std::uint64_t runAndNote(Lanes& lanes, std::uint64_t seed, std::uint64_t first, std::uint32_t steps,
                         OpenGroups& open) {
  current->note(steps);
  return kPortableRandom.run(lanes, seed, first, steps, open);
}

TEST_CASE("a walk through a net that would take seconds is abandoned within a stretch") {
  Stop stop;
  current = &stop;
  Hits hits;
  addNetHits(kNetLevelMax, 0, {}, &walkAndNote, &stop.flag, hits);

  CHECK(stop.stretches == Stop::kStretches);
  CHECK(stop.longest <= 1 << 13);
  CHECK(hits.total() > 0);  // It had begun.
}

TEST_CASE("no net is begun after the stop flag is set") {
  Stop stop;
  current = &stop;
  // Nets of one stretch each.
  constexpr std::uint64_t kNet = std::uint64_t{kStrataMax} << (2 * 5);
  sobolHitsIn(1, {.begin = kNet, .end = 100 * kNet}, &walkAndNote, &stop.flag);

  CHECK(stop.stretches == Stop::kStretches);
}

TEST_CASE("no block of random samples is begun after the stop flag is set") {
  Stop stop;
  current = &stop;
  RandomKernel kernel{.start = kPortableRandom.start, .run = &runAndNote};
  std::uint64_t hits = hitsOfRange(kernel, 1, {.begin = 0, .end = 100 * kBlockSamples}, &stop.flag);

  CHECK(stop.stretches == Stop::kStretches);
  CHECK(hits == find("portable")
                    ->hitsIn({.seed = 1}, {.begin = 0, .end = Stop::kStretches * kBlockSamples})
                    .total());
}

TEST_CASE("every kernel does nothing if its stop flag is set before") {
  StopFlag stop = true;
  for (const Kernel& kernel : all()) {
    if (!kernel.isSupported()) continue;
    for (Sampler sampler : kSamplers) {
      Stream stream{.seed = 1, .sampler = sampler};
      CHECK(kernel.compute(stream, {.begin = 0, .end = kSamplesEnd}, &stop) == Hits{});
    }
  }
}

}  // namespace
}  // namespace pi::kernels
