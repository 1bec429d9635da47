#include "tests/simulation/allocation/story.h"

#include <doctest/doctest.h>

namespace pi::simulation {
namespace {

#ifdef PI_SANITIZED
constexpr std::uint64_t kSeeds = 50;
constexpr bool kSeesEverything = false;
#else
constexpr std::uint64_t kSeeds = 1000;
constexpr bool kSeesEverything = true;
#endif

TEST_CASE("hostile batch systems get no more allocations than allowed, and leak none") {
  AllocationCounts counts;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    AllocationOutcome outcome = playAllocations(seed);
    REQUIRE(outcome.wrong == "");
    counts.add(outcome.counts);
  }
  if (!kSeesEverything) return;
  // Stories that never have some event test nothing about it.
  for (std::size_t i = 0; i < counts.events.size(); ++i) {
    CAPTURE(i);
    CHECK(counts.events[i] > 0);
  }
  for (std::size_t i = 0; i < counts.actions.size(); ++i) {
    CAPTURE(i);
    CHECK(counts.actions[i] > 0);
  }
  for (std::size_t i = 0; i < kMishaps; ++i) {
    CAPTURE(name(static_cast<Mishap>(i)));
    CHECK(counts.mishaps[i] > 0);
  }
  CHECK(counts.pauses > 0);
  CHECK(counts.strays > 0);
  CHECK(counts.workersMost >= 8);
}

}  // namespace
}  // namespace pi::simulation
