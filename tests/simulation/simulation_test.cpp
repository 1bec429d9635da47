#include "tests/simulation/simulation.h"

#include <doctest/doctest.h>

#include "tests/simulation/describe.h"
#include "tests/simulation/play.h"
#include "tests/simulation/simulate_options.h"
#include "tests/simulation/totals.h"

namespace pi::simulation {
namespace {

#ifdef PI_SANITIZED
constexpr std::uint64_t kSeeds = 200;
constexpr bool kSeesEverything = false;  // Some events happen in few stories only.
#else
constexpr std::uint64_t kSeeds = 5000;
constexpr bool kSeesEverything = true;
static_assert(kSeeds / 25 >= Totals::kStoriesToJudge);
#endif

// Plays many stories; each must end well.
Totals playMany(std::uint64_t seeds, Profile profile) {
  Totals totals;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Outcome outcome =
        play(drawPlan(seed, profile), "the whole story: scripts/simulate " +
                                          replayArguments(seed, profile, {}) + " --trace");
    REQUIRE(outcome.wrong == "");
    totals.add(outcome);
  }
  return totals;
}

// The first alternative of a variant that was never counted, as text; empty if there is none.
template <typename Variant, std::size_t index = 0>
std::string missingOf(const CountsOf<Variant>& counted) {
  if constexpr (index == std::variant_size_v<Variant>) {
    return "";
  } else {
    if (counted.counts[index] == 0) return describe(Variant(std::in_place_index<index>));
    return missingOf<Variant, index + 1>(counted);
  }
}

// Stories that never have some event test nothing about it.
void checkThatEverythingHappened(const Counts& counts) {
  CHECK(missingOf(counts.schedulerEvents) == "");
  CHECK(missingOf(counts.schedulerActions) == "");
  CHECK(missingOf(counts.workerEvents) == "");
  CHECK(missingOf(counts.workerActions) == "");
  for (const FaultKind& kind : kFaultKinds) {
    CAPTURE(kind.name);
    CHECK(counts.of(kind.fault) > 0);
  }
  for (const Counter& counter : kCounters) {
    CAPTURE(counter.name);
    CHECK(counts.metrics.*counter.value > 0);
  }
  for (std::size_t i = 0; i < scheduler::kDropReasons; ++i) {
    CAPTURE(sentenceOf(static_cast<scheduler::DropReason>(i)));
    CHECK(counts.metrics.talliesDropped[i] > 0);
  }
  for (std::size_t i = 1; i < kLeaseOutcomes; ++i) {
    CAPTURE(name(static_cast<LeaseOutcome>(i)));
    CHECK(counts.leaseEnds[i] > 0);
  }
}

TEST_CASE("any mix of faults leaves the hits that a single machine would get") {
  Totals totals = playMany(kSeeds, Profile::kAll);
  CHECK(totals.excess(Profile::kAll) == "");

  if (kSeesEverything) checkThatEverythingHappened(totals.counts());
}

TEST_CASE("a scheduler that crashes again and again costs little of the work") {
  Totals totals = playMany(kSeeds / 10, Profile::kCrashes);
  CHECK(totals.counts().of(Fault::kCrashScheduler) > kSeeds / 10);
  CHECK(totals.computedPerCounted() < 1.1);
}

TEST_CASE("connections that break cost little work and little time") {
  Totals totals = playMany(kSeeds / 25, Profile::kReconnects);
  CHECK(totals.excess(Profile::kReconnects) == "");
}

TEST_CASE("without faults every sample is computed once") {
  for (std::uint64_t seed = 1; seed <= kSeeds / 10; ++seed) {
    CAPTURE(seed);
    Outcome outcome = play(drawPlan(seed, Profile::kNone));
    REQUIRE(outcome.wrong == "");
    CHECK(outcome.efficiency.samplesComputed == outcome.efficiency.samplesCounted);
  }
}

TEST_CASE("the same seed plays the same story") {
  Outcome first = play(drawPlan(42));
  Outcome second = play(drawPlan(42));

  CHECK(first.steps == second.steps);
  CHECK(first.elapsed == second.elapsed);
  CHECK(first.jobs == second.jobs);
}

}  // namespace
}  // namespace pi::simulation
