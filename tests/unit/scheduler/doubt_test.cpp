// The fate of tallies whose hits are next to impossible.
#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

Config judging() {
  Config config = Cluster::config();
  config.surpriseMax = kSurpriseMax;
  return config;
}

// The number of hits that a range has; near pi/4, as it should be.
std::uint64_t rightHits(SampleRange range) { return range.size() * 7854 / 10'000; }

LeaseTally tallyWith(std::uint64_t hits, const Lease& lease, SampleRange range) {
  LeaseTally tally = tallyOf(lease, range);
  tally.tally.hits = {.strata = {hits}};
  tally.busy = std::chrono::microseconds(range.size());
  return tally;
}
LeaseTally honest(const Lease& lease) {
  return tallyWith(rightHits(lease.range), lease, lease.range);
}

// Ann and Bob compute a million samples a second: a lease has 100,000.
struct Doubting {
  explicit Doubting(const Config& config = judging()) : cluster(config) {}

  Actions settle(SampleRange range, std::uint64_t hits) {
    return cluster.handle(
        event::Recomputed{.job = job, .range = range, .hits = {.strata = {hits}}});
  }
  std::uint64_t counted() const { return cluster.job(job).samplesCounted; }
  WorkerState stateOf(WorkerId worker) const { return cluster.worker(worker).state; }

  Cluster cluster;
  WorkerId ann = cluster.join(1'000'000);
  WorkerId bob = cluster.join(1'000'000);
  JobId job = cluster.submit(100'000'000);
};

TEST_CASE("a tally with impossible hits is not counted, and the scheduler computes its samples") {
  for (double share : {0.0, 1.0, 0.8}) {
    CAPTURE(share);
    Doubting given;
    Lease lease = given.cluster.lend(given.ann);
    auto hits = static_cast<std::uint64_t>(share * static_cast<double>(lease.range.size()));

    Actions actions = given.cluster.report(given.ann, tallyWith(hits, lease, lease.range));

    REQUIRE(only<action::Recompute>(actions).size() == 1);
    CHECK(only<action::Recompute>(actions)[0].range == lease.range);
    CHECK(only<action::Recompute>(actions)[0].job == given.job);
    CHECK(given.counted() == 0);
    CHECK(given.cluster.worker(given.ann).leases == 0);
    CHECK(given.stateOf(given.ann) == WorkerState::kActive);
  }
}

TEST_CASE("a worker whose hits are disproved is quarantined at once, and others compute them") {
  Doubting given;
  Lease lease = given.cluster.lend(given.ann);
  given.cluster.report(given.ann, tallyWith(0, lease, lease.range));

  Actions actions = given.settle(lease.range, rightHits(lease.range));

  REQUIRE(only<action::Quarantine>(actions).size() == 1);
  CHECK(only<action::Quarantine>(actions)[0].worker == given.ann);
  CHECK(only<action::Quarantine>(actions)[0].reason ==
        "it reported 0 hits for samples 0 to 100000 of job 1, and there are 78540");
  CHECK(given.stateOf(given.ann) == WorkerState::kQuarantined);
  CHECK(given.counted() == 0);
  CHECK(only<action::Quarantine>(given.cluster.rejoin(given.ann, {})).size() == 1);
  CHECK(given.cluster.lend(given.bob).range.size() == 100'000);
}

TEST_CASE("hits that look impossible and are right are counted, and their worker is cleared") {
  Doubting given;
  Lease lease = given.cluster.lend(given.ann);
  given.cluster.report(given.ann, tallyWith(0, lease, lease.range));

  Actions actions = given.settle(lease.range, 0);

  REQUIRE(only<action::ConfirmTally>(actions).size() == 1);
  CHECK(only<action::ConfirmTally>(actions)[0].worker == given.ann);
  CHECK(given.counted() == lease.range.size());
  CHECK(given.stateOf(given.ann) == WorkerState::kActive);
  // A proven tally says nothing about the next tally.
  Lease next = given.cluster.lend(given.ann);
  CHECK(only<action::Recompute>(given.cluster.report(given.ann, honest(next))).empty());
  CHECK(given.counted() == lease.range.size() + next.range.size());
}

TEST_CASE("false hits in small tallies show in their sum") {
  Doubting given;
  std::uint64_t reported = 0;
  Actions doubts;
  while (doubts.empty() && reported < 3'000'000) {
    Lease lease = given.cluster.lend(given.ann);
    for (std::uint64_t begin = lease.range.begin; begin < lease.range.end; begin += 1000) {
      SampleRange part{.begin = begin, .end = std::min(begin + 1000, lease.range.end)};
      Actions actions =
          given.cluster.report(given.ann, tallyWith(part.size() * 8 / 10, lease, part));
      reported += part.size();
      if (only<action::Recompute>(actions).empty()) continue;
      doubts = actions;
      break;
    }
  }
  REQUIRE(only<action::Recompute>(doubts).size() == 1);
  CHECK(reported == 78'000);  // n * KL(0.8 || pi/4) > 50 from 77,721 samples on.
  SampleRange last = only<action::Recompute>(doubts)[0].range;
  CHECK(only<action::Quarantine>(given.settle(last, rightHits(last))).size() == 1);
}

TEST_CASE("true tallies with hits that vary are never doubted") {
  Doubting given;
  while (given.cluster.job(given.job).state != JobState::kFinished) {
    Lease lease = given.cluster.lend(given.ann);
    std::uint64_t size = lease.range.size();
    std::uint64_t deviation = size / 500;  // Up and down in turns.
    std::uint64_t hits = rightHits(lease.range) + (number(lease.id) % 2 == 0 ? deviation : 0);
    hits -= number(lease.id) % 2 == 0 ? 0 : deviation;
    Actions actions = given.cluster.report(given.ann, tallyWith(hits, lease, lease.range));
    REQUIRE(only<action::Recompute>(actions).empty());
  }
}

TEST_CASE("a tally too large to be computed again is dropped, and the next leases are small") {
  Config config = judging();
  config.recheckSamplesMax = 20'000;
  Doubting given(config);
  Lease lease = given.cluster.lend(given.ann);
  REQUIRE(lease.range.size() == 100'000);

  Actions actions = given.cluster.report(given.ann, tallyWith(0, lease, lease.range));

  REQUIRE(only<action::DropTally>(actions).size() == 1);
  CHECK(only<action::DropTally>(actions)[0].reason == DropReason::kImprobable);
  CHECK(only<action::Recompute>(actions).empty());
  CHECK(given.stateOf(given.ann) == WorkerState::kActive);
  CHECK(given.cluster.core().metrics().violations == 0);  // It may be true.
  Lease next = given.cluster.lend(given.ann);
  CHECK(next.range == SampleRange{.begin = 0, .end = 10'000});
  given.cluster.report(given.ann, tallyWith(0, next, next.range));
  CHECK(only<action::Quarantine>(given.settle(next.range, 1)).size() == 1);
}

TEST_CASE("a small tally without a hit is doubted, too") {
  Doubting given;
  Lease lease = given.cluster.lend(given.ann);
  SampleRange first{.begin = 0, .end = 32}, second{.begin = 32, .end = 64};
  CHECK(
      only<action::Recompute>(given.cluster.report(given.ann, tallyWith(0, lease, first))).empty());
  CHECK(only<action::Recompute>(given.cluster.report(given.ann, tallyWith(0, lease, second)))
            .at(0)
            .range == second);
}

TEST_CASE("after as many samples as were dropped a worker gets large leases again") {
  Config config = judging();
  config.recheckSamplesMax = 20'000;
  Doubting given(config);
  Lease large = given.cluster.lend(given.ann);
  given.cluster.report(given.ann, tallyWith(0, large, large.range));
  Lease small = given.cluster.lend(given.ann);
  given.cluster.report(given.ann, tallyWith(0, small, small.range));

  given.settle(small.range, 0);
  for (int i = 1; i < 10; ++i) {
    Lease next = given.cluster.lend(given.ann);
    CHECK(next.range.size() == 10'000);
    given.cluster.report(given.ann, honest(next));
  }

  CHECK(given.cluster.lend(given.ann).range.size() > 20'000);
}

TEST_CASE("doubts are settled one after the other, and a worker has one at a time") {
  Doubting given;
  Lease anns = given.cluster.lend(given.ann), bobs = given.cluster.lend(given.bob);
  given.cluster.report(given.ann, tallyWith(0, anns, anns.range));
  Lease more = given.cluster.lend(given.ann);

  Actions second = given.cluster.report(given.ann, tallyWith(0, more, more.range));
  CHECK(only<action::DropTally>(second).at(0).reason == DropReason::kImprobable);
  CHECK(only<action::Recompute>(second).empty());
  CHECK(only<action::Recompute>(given.cluster.report(given.bob, tallyWith(0, bobs, bobs.range)))
            .empty());

  // An answer to another question settles nothing.
  CHECK(only<action::Quarantine>(given.settle(bobs.range, 7)).empty());
  Actions next = given.settle(anns.range, 7);
  CHECK(only<action::Quarantine>(next).at(0).worker == given.ann);
  CHECK(only<action::Recompute>(next).at(0).range == bobs.range);
  CHECK(only<action::Quarantine>(given.settle(bobs.range, 7)).at(0).worker == given.bob);
}

TEST_CASE("a verdict meets its worker even if the job is over, and counts nothing then") {
  for (std::uint64_t truth : {0u, 1u}) {
    CAPTURE(truth);
    Doubting given;
    Lease lease = given.cluster.lend(given.ann);
    given.cluster.report(given.ann, tallyWith(0, lease, lease.range));
    given.cluster.handle(event::JobCancelled{given.job, ""});

    Actions actions = given.settle(lease.range, truth);

    CHECK(only<action::Quarantine>(actions).size() == truth);
    CHECK(given.counted() == 0);
  }
}

TEST_CASE("samples of a doubt that another worker has computed meanwhile are counted once") {
  Doubting given;
  Lease lease = given.cluster.lend(given.ann);
  given.cluster.report(given.ann, tallyWith(0, lease, lease.range));
  given.cluster.handle(event::WorkerLost{.worker = given.ann});
  std::uint64_t counted = 0;
  while (counted < 100'000'000) {
    Lease bobs = given.cluster.lend(given.bob);
    given.cluster.report(given.bob, honest(bobs));
    counted += bobs.range.size();
  }

  Actions actions = given.settle(lease.range, 0);

  CHECK(only<action::ConfirmTally>(actions).size() == 1);
  CHECK(given.counted() == 100'000'000);
}

TEST_CASE("the verdict on a worker that is gone changes nothing") {
  Doubting given;
  Lease lease = given.cluster.lend(given.ann);
  given.cluster.report(given.ann, tallyWith(0, lease, lease.range));
  given.cluster.handle(event::WorkerLeft{.worker = given.ann, .done = {}});

  CHECK(only<action::Quarantine>(given.settle(lease.range, 7)).empty());

  CHECK(given.counted() == 0);
  CHECK(given.cluster.lend(given.bob).range.size() > 0);
}

TEST_CASE("a Sobol' tally with impossible hits is a violation") {
  Cluster cluster;
  WorkerId ann = cluster.join(100'000'000);
  cluster.submit(
      {.stream = {.seed = 1, .sampler = Sampler::kSobol}, .samples = 100'000'000, .chunkSize = 1});
  Lease lease = cluster.lend(ann);

  Actions actions = cluster.report(ann, tallyWith(0, lease, lease.range));

  CHECK(only<action::DropTally>(actions).at(0).reason == DropReason::kImpossible);
  CHECK(cluster.core().metrics().violations == 1);
}

}  // namespace
}  // namespace pi::scheduler
