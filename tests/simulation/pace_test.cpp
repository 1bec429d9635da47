// Workers whose policy changes with their number, which is the only thing that happens.
#include "scheduler/core/pace.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "tests/simulation/play.h"
#include "tests/simulation/random.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kSpeed = 100'000;  // In samples a second.

// Workers come, and leave by themselves, while jobs come with pauses between them.
Plan planFor(std::uint64_t seed) {
  Random random(seed, Random::Purpose::kPlan);
  Task task{.job = {.samples = kSpeed * (1 + random.below(20)), .chunkSize = 1000},
            .samplesPerSecond = std::vector<std::uint64_t>(8, kSpeed)};
  Plan plan = planOf(task, seed);
  plan.stepMax = milliseconds(50);
  plan.config.workersAtFullPace = 2;
  plan.config.heartbeat = milliseconds(500);
  plan.config.silenceTimeout = seconds(2);
  plan.on = FaultSet().add(Fault::kStartWorker).add(Fault::kShortLifetime);
  for (std::size_t i = 1; i < 8; ++i) {
    plan.workers[i].config.lifetime = seconds(1) + random.upTo(seconds(30));
  }
  Duration at{};
  for (int i = 0; i < 6; ++i) {
    at += random.upTo(seconds(15));
    plan.jobs.push_back({.at = at, .spec = task.job});
    plan.faults.push_back({.at = at, .fault = Fault::kStartWorker, .worker = plan.workers.size()});
    plan.workers.push_back({.samplesPerSecond = kSpeed});
    plan.workers.back().config.lifetime = seconds(1) + random.upTo(seconds(30));
  }
  plan.calmAt = at;
  plan.workers.push_back({.samplesPerSecond = kSpeed});
  return plan;
}

TEST_CASE("no worker seems silent while the policy changes with the number of workers") {
  Plan first = planFor(1);
  WorkerPolicy many = scheduler::paceFor(first.config, 8).policy;
  REQUIRE(many.heartbeat == seconds(2));
  REQUIRE(many.silenceTimeout == seconds(8));
  // By the shortest timeout, a worker without work that was told the longest heartbeat is silent.
  REQUIRE(3 * many.heartbeat > first.config.silenceTimeout);
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    Outcome outcome = play(planFor(seed));
    REQUIRE(outcome.wrong == "");
    CHECK(outcome.counts.metrics.workersSilent == 0);
    CHECK(outcome.efficiency.samplesComputed == outcome.efficiency.samplesCounted);
  }
}

}  // namespace
}  // namespace pi::simulation
