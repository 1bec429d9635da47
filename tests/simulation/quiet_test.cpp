// Long stories in which nothing goes wrong, and one in which something only looks wrong.
#include <doctest/doctest.h>

#include "tests/simulation/oracle.h"
#include "tests/simulation/play.h"

namespace pi::simulation {
namespace {

// How often an event of this kind happened.
template <typename Event, typename Variant>
std::uint64_t countOf(const CountsOf<Variant>& counts) {
  return counts.counts[Variant(Event{}).index()];
}

TEST_CASE("workers stay connected during minutes of work, and during minutes without any") {
  constexpr std::uint64_t kSpeed = 1'000'000;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    JobSpec job{.samples = 2 * kSpeed * 240, .chunkSize = kSpeed};
    Plan plan = planOf({.job = job, .samplesPerSecond = {kSpeed, kSpeed}}, seed);
    // After four minutes of work, five minutes of quiet until the next job.
    plan.jobs.push_back({.at = std::chrono::minutes(9), .spec = {.samples = 10, .chunkSize = 1}});
    Outcome outcome = play(plan);
    REQUIRE(outcome.wrong == "");
    CHECK(outcome.elapsed >= std::chrono::minutes(9));
    CHECK(outcome.efficiency.samplesComputed == outcome.efficiency.samplesCounted);
    CHECK(countOf<worker::event::Disconnected>(outcome.counts.workerEvents) == 0);
    CHECK(countOf<scheduler::event::WorkerLost>(outcome.counts.schedulerEvents) == 0);
    CHECK(outcome.counts.metrics.workersSilent == 0);
    CHECK(outcome.counts.metrics.workersJoined == 2);
  }
}

TEST_CASE("workers fast at nets take no more random samples ahead than they compute soon") {
  constexpr std::uint64_t kSpeed = 100'000'000;
  JobSpec nets{.stream = {.sampler = Sampler::kSobol}, .samples = std::uint64_t{1} << 44};
  nets.chunkSize = nets.samples;
  Plan plan = planOf({.job = nets, .samplesPerSecond = {kSpeed, kSpeed}}, 1);
  JobSpec random{.samples = 2 * kSpeed * 60, .chunkSize = kSpeed};
  plan.jobs.push_back({.at = std::chrono::seconds(1), .spec = random});

  Outcome outcome = play(plan);

  REQUIRE(outcome.wrong == "");
  CHECK(outcome.jobs.at(1).state == JobState::kFinished);
  CHECK(outcome.counts.metrics.workersSilent == 0);
  CHECK(outcome.counts.metrics.leasesLentAgain == 0);
}

TEST_CASE(
    "hits that look impossible and are true are counted, and no worker is punished for them") {
  std::uint64_t confirmed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    JobSpec job{.stream = {.seed = kOutlierSeed}, .samples = 200'000, .chunkSize = 1};
    std::vector<std::uint64_t> speeds(1 + seed % 3, 100'000);
    Plan plan = planOf({.job = job, .samplesPerSecond = speeds}, seed);
    plan.config.recheckSamplesMax = seed % 2 == 0 ? 10'000 : std::uint64_t{1} << 24;
    Outcome outcome = play(plan);
    REQUIRE(outcome.wrong == "");
    CHECK(outcome.jobs.at(0).state == JobState::kFinished);
    CHECK(outcome.jobs.at(0).hits == oracleHits(job.stream, {.begin = 0, .end = job.samples}));
    confirmed += outcome.counts.metrics.talliesConfirmed;
    CHECK((speeds.size() > 1 || outcome.counts.metrics.talliesConfirmed > 0));
    CHECK(outcome.counts.metrics.violations == 0);
    CHECK(outcome.counts.metrics.workersQuarantined == 0);
  }
  CHECK(confirmed > 20);
}

}  // namespace
}  // namespace pi::simulation
