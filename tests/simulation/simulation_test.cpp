#include "tests/simulation/simulation.h"

#include <doctest/doctest.h>

namespace pi::simulation {
namespace {

#ifdef PI_SANITIZED
constexpr std::uint64_t kSeeds = 200;
#else
constexpr std::uint64_t kSeeds = 5000;
#endif

TEST_CASE("any mix of faults leaves the hits that a single machine would get") {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    Outcome outcome = Simulation(seed).run();
    REQUIRE(outcome.wrong == "");
    REQUIRE(outcome.allJobsOver);
  }
}

TEST_CASE("a scheduler that crashes again and again costs little of what was computed") {
  double computed = 0, counted = 0;
  std::uint64_t crashes = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds / 10; ++seed) {
    CAPTURE(seed);
    Outcome outcome = Simulation(seed, Faults::kCrashes).run();
    REQUIRE(outcome.wrong == "");
    REQUIRE(outcome.allJobsOver);
    crashes += outcome.crashes;
    computed += static_cast<double>(outcome.samplesComputed);
    for (const JobInfo& job : outcome.jobs) counted += static_cast<double>(job.samplesCounted);
  }
  CHECK(crashes > kSeeds / 10);
  CHECK(computed < 1.1 * counted);
}

TEST_CASE("without faults every sample is computed once") {
  for (std::uint64_t seed = 1; seed <= kSeeds / 10; ++seed) {
    CAPTURE(seed);
    Outcome outcome = Simulation(seed, Faults::kNone).run();
    REQUIRE(outcome.wrong == "");
    REQUIRE(outcome.allJobsOver);
    std::uint64_t counted = 0;
    for (const JobInfo& job : outcome.jobs) counted += job.samplesCounted;
    CHECK(outcome.samplesComputed == counted);
  }
}

TEST_CASE("the same seed plays the same story") {
  Outcome first = Simulation(42).run();
  Outcome second = Simulation(42).run();

  CHECK(first.steps == second.steps);
  CHECK(first.elapsed == second.elapsed);
  CHECK(first.jobs == second.jobs);
}

}  // namespace
}  // namespace pi::simulation
