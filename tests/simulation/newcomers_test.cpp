// Workers that claim to be fast and compute nothing hardly delay those that do compute.
#include <doctest/doctest.h>

#include "tests/simulation/play.h"

namespace pi::simulation {
namespace {

using Seconds = std::chrono::seconds;

constexpr std::uint64_t kHonestSpeed = 10'000'000'000;  // In samples a second.
constexpr std::size_t kHonest = 2;
constexpr double kIdealSeconds = 4;

// A job of four seconds on two honest workers.
Plan honestPlan(std::uint64_t seed) {
  constexpr auto kSamples = static_cast<std::uint64_t>(kIdealSeconds) * kHonest * kHonestSpeed;
  JobSpec job{.samples = kSamples, .chunkSize = kSamples / 1000};
  return planOf({.job = job, .samplesPerSecond = {kHonestSpeed, kHonestSpeed}}, seed);
}

// At each of these times 20 more workers join that claim to be the fastest, compute one sample a
// second, and answer no truncation.
void addBoasters(Plan& plan, const std::vector<Duration>& times) {
  plan.on.add(Fault::kCrawlWorker).add(Fault::kStartWorker);
  plan.calmAt = Seconds(60);
  for (Duration at : times) {
    for (int i = 0; i < 20; ++i) {
      std::size_t index = plan.workers.size();
      plan.workers.push_back({.samplesPerSecond = 1});
      if (at == Duration::zero()) {
        plan.workersAtStart = plan.workers.size();
      } else {
        plan.faults.push_back({.at = at, .fault = Fault::kStartWorker, .worker = index});
      }
      plan.faults.push_back({.at = at, .fault = Fault::kCrawlWorker, .worker = index, .amount = 1});
    }
  }
  plan.workers.push_back({.samplesPerSecond = kHonestSpeed});  // Starts when the faults end.
}

double secondsOf(const Plan& plan) {
  Outcome outcome = play(plan);
  REQUIRE(outcome.wrong == "");
  return seconds(outcome.jobs.at(0).elapsed);
}

TEST_CASE("20 workers that only claim to be fast do not double the time of those that compute") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Plan plan = honestPlan(seed);
    double alone = secondsOf(plan);
    CHECK(alone < 1.05 * kIdealSeconds);

    addBoasters(plan, {Duration::zero()});
    CHECK(secondsOf(plan) < 2 * alone);
  }
}

TEST_CASE("20 more of them every two seconds under new names do not double it either") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    Plan plan = honestPlan(seed);
    double alone = secondsOf(plan);

    addBoasters(plan, {Duration::zero(), Seconds(2), Seconds(4), Seconds(6)});
    CHECK(secondsOf(plan) < 2 * alone);
  }
}

}  // namespace
}  // namespace pi::simulation
