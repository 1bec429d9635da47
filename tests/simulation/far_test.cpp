// Workers whose messages take long, as through a tunnel to a cloud.
#include <doctest/doctest.h>

#include "tests/simulation/play.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kSpeed = 1'000'000;  // In samples a second.

// The time for a job of some seconds, by the workers at this distance.
double secondsOf(std::uint64_t seed, std::size_t workers, Duration distance, std::uint64_t chunks) {
  std::uint64_t samples = 5 * kSpeed * workers;
  JobSpec job{.samples = samples, .chunkSize = samples / chunks};
  Outcome outcome = play(planOf(
      {.job = job, .samplesPerSecond = std::vector(workers, kSpeed), .distance = distance}, seed));
  REQUIRE(outcome.wrong == "");
  CHECK(outcome.efficiency.samplesComputed == samples);
  return seconds(outcome.jobs.at(0).elapsed);
}

void checkEfficiency(Duration roundTrip, double least) {
  for (std::size_t workers : {1u, 4u}) {
    for (std::uint64_t chunks : {1u, 1000u}) {
      for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        CAPTURE(workers);
        CAPTURE(chunks);
        CAPTURE(seed);
        CHECK(5.0 / secondsOf(seed, workers, roundTrip / 2, chunks) >= least);
      }
    }
  }
}

TEST_CASE("at a round trip of 100 ms workers compute at least 80 % of the time, for 5 s of work") {
  checkEfficiency(milliseconds(100), 0.8);
}

TEST_CASE("at a round trip of 300 ms workers compute at least 60 % of the time, for 5 s of work") {
  checkEfficiency(milliseconds(300), 0.6);
}

}  // namespace
}  // namespace pi::simulation
