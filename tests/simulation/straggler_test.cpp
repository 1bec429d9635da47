// Workers of very different speeds end together.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "tests/simulation/play.h"

namespace pi::simulation {
namespace {

constexpr std::uint64_t kFast = 2'000'000;  // In samples a second.
constexpr std::uint64_t kSlow = kFast / 20;

// How many times as long as it would take if no worker were ever without work.
double timesIdeal(std::uint64_t seed, const std::vector<std::uint64_t>& speeds, double idealSeconds,
                  std::uint64_t chunks) {
  auto all = static_cast<double>(std::accumulate(speeds.begin(), speeds.end(), std::uint64_t{0}));
  auto samples = static_cast<std::uint64_t>(idealSeconds * all);
  JobSpec job{.samples = samples, .chunkSize = std::max<std::uint64_t>(1, samples / chunks)};
  Outcome outcome = play(planOf({.job = job, .samplesPerSecond = speeds}, seed));
  REQUIRE(outcome.wrong == "");
  CHECK(outcome.efficiency.samplesComputed == samples);
  return seconds(outcome.jobs.at(0).elapsed) / idealSeconds;
}

TEST_CASE("a job on two workers of which one is 20 times slower ends in 1.2 times the ideal time") {
  for (double idealSeconds : {1.0, 10.0}) {
    for (std::uint64_t chunks : {1u, 7u, 1000u}) {
      for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        CAPTURE(idealSeconds);
        CAPTURE(chunks);
        CAPTURE(seed);
        CHECK(timesIdeal(seed, {kFast, kSlow}, idealSeconds, chunks) < 1.2);
      }
    }
  }
}

TEST_CASE("slow workers among faster ones do not hold them up") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    CHECK(timesIdeal(seed, {kFast, kFast, kFast, kFast, kSlow, kSlow}, 10, 1) < 1.2);
  }
}

}  // namespace
}  // namespace pi::simulation
