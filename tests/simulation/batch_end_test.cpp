// Workers that know when their batch jobs end compute nothing in vain.
#include <doctest/doctest.h>

#include <chrono>

#include "tests/simulation/play.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kSpeed = 1'000'000;  // In samples a second.

std::uint64_t endsOf(const Outcome& outcome, LeaseOutcome how) {
  return outcome.counts.leaseEnds[static_cast<std::size_t>(how)];
}

void checkNothingInVain(const Outcome& outcome) {
  CHECK(outcome.efficiency.samplesComputed == outcome.efficiency.samplesCounted);
  CHECK(outcome.counts.metrics.workersLost == 0);
  CHECK(outcome.counts.metrics.failures == 0);
  CHECK(endsOf(outcome, LeaseOutcome::kLost) == 0);
  CHECK(endsOf(outcome, LeaseOutcome::kGivenBack) == 0);
}

// A job of ten seconds for two workers; the first one's batch job ends in the middle of it.
Plan planFor(std::uint64_t seed, Sampler sampler, Duration said, Duration really) {
  JobSpec job{.stream = {.sampler = sampler}, .samples = 20 * kSpeed, .chunkSize = 1000};
  Plan plan = planOf({.job = job, .samplesPerSecond = {kSpeed, kSpeed}}, seed);
  plan.workers[0].config.killedAfter = said;
  plan.workers[0].killedAfter = really;
  return plan;
}

TEST_CASE("a worker that knows when its batch job ends finishes each of its leases before") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Duration said = seconds(6) + milliseconds(37 * seed);
    Outcome outcome = play(planFor(seed, Sampler::kRandom, said, said));
    REQUIRE(outcome.wrong == "");
    checkNothingInVain(outcome);
    CHECK(endsOf(outcome, LeaseOutcome::kTruncated) == 0);
    CHECK(outcome.workers.size() == 1);
  }
}

TEST_CASE("a worker with few of its threads in a lease finishes each of its leases before, too") {
  for (Sampler sampler : {Sampler::kRandom, Sampler::kSobol}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      // With eight threads the job takes at least 2.5 seconds, and more with fewer.
      Duration said = milliseconds(1500 + 37 * seed);
      Plan plan = planFor(seed, sampler, said, said);
      if (sampler == Sampler::kRandom) plan.jobs[0].spec.samples /= 4;
      plan.jobs[0].spec.threadsMax = 1 + static_cast<std::uint32_t>(seed % 8);
      for (PlannedWorker& worker : plan.workers) worker.threads = 8;
      Outcome outcome = play(plan);
      REQUIRE(outcome.wrong == "");
      checkNothingInVain(outcome);
      CHECK(outcome.workers.size() == 1);
    }
  }
}

TEST_CASE("a batch system that kills its worker too early costs that worker's last leases") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Duration really = seconds(2) + milliseconds(11 * seed);
    Outcome outcome = play(planFor(seed, Sampler::kRandom, seconds(9), really));
    REQUIRE(outcome.wrong == "");
    CHECK(outcome.counts.metrics.workersLost == 1);
    // Two leases of a quarter of a second.
    std::uint64_t wasted = outcome.efficiency.samplesComputed - outcome.efficiency.samplesCounted;
    CHECK(wasted <= kSpeed / 2);
  }
}

TEST_CASE("a worker whose batch job ends at once computes nothing and holds up no one") {
  for (milliseconds said : {milliseconds(1), milliseconds(3000), milliseconds(4500)}) {
    CAPTURE(said.count());
    Outcome outcome = play(planFor(1, Sampler::kSobol, said, said));
    REQUIRE(outcome.wrong == "");
    CHECK(outcome.efficiency.samplesComputed == outcome.efficiency.samplesCounted);
    CHECK(outcome.jobs.at(0).workers == 1);
  }
}

}  // namespace
}  // namespace pi::simulation
