#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

using std::chrono::seconds;

// Reports that no honest worker makes: about its own lease, and about another worker's.
std::vector<LeaseTally> liesAbout(const Lease& own, const Lease& others) {
  LeaseTally tooManyHits = tallyOf(own);
  tooManyHits.tally.hits.strata[0] = own.range.size() + 1;
  LeaseTally neverLent = tallyOf(own);
  neverLent.lease = LeaseId{number(own.id) + 1000};
  SampleRange behind{.begin = own.range.begin + 1, .end = own.range.end};
  SampleRange beyond{.begin = own.range.begin, .end = own.range.end + 1};
  return {tooManyHits, neverLent, tallyOf(others), tallyOf(own, behind), tallyOf(own, beyond)};
}

TEST_CASE("a report that no honest worker makes is not counted, and costs other workers nothing") {
  for (std::size_t i = 0; i < 5; ++i) {
    CAPTURE(i);
    Cluster cluster;
    JobId job = cluster.submit(1000);
    WorkerId ann = cluster.join(), bob = cluster.join();
    Lease own = cluster.lend(ann), others = cluster.lend(bob);

    Actions actions = cluster.report(ann, liesAbout(own, others)[i]);

    CHECK(only<action::DropTally>(actions).size() == 1);
    CHECK(cluster.job(job).samplesCounted == 0);
    CHECK(cluster.worker(bob).leases == 1);
    cluster.report(bob, tallyOf(others));
    CHECK(cluster.job(job).samplesCounted == others.range.size());
  }
}

TEST_CASE("a worker is quarantined at its third violation, and its leases are lent to others") {
  Cluster cluster;
  JobId job = cluster.submit(1000);
  WorkerId ann = cluster.join();
  LeaseTally lie = tallyOf(cluster.lend(ann));
  lie.lease = LeaseId{12'345};
  CHECK(only<action::Quarantine>(cluster.report(ann, lie)).empty());
  CHECK(only<action::Quarantine>(cluster.report(ann, lie)).empty());

  Actions third = cluster.report(ann, lie);

  REQUIRE(only<action::Quarantine>(third).size() == 1);
  CHECK(cluster.worker(ann).state == WorkerState::kQuarantined);
  CHECK(cluster.worker(ann).leases == 0);
  CHECK(cluster.worker(ann).reason == only<action::Quarantine>(third)[0].reason);
  CHECK(cluster.exchange(ann).empty());
  WorkerId bob = cluster.join();
  while (cluster.job(job).state != JobState::kFinished) {
    cluster.report(bob, tallyOf(cluster.lend(bob)));
  }
}

TEST_CASE("a quarantined worker that reconnects gets the reason") {
  Config strict = Cluster::config();
  strict.strikesMax = 1;
  Cluster cluster(strict);
  cluster.submit(1000);
  WorkerId ann = cluster.join();
  LeaseTally lie = tallyOf(cluster.lend(ann));
  lie.tally.hits.strata[0] = 1'000'000;
  cluster.report(ann, lie);

  Actions back = cluster.rejoin(ann, {});

  CHECK(only<action::Welcome>(back).empty());
  CHECK(only<action::Quarantine>(back).size() == 1);
}

TEST_CASE("a worker that gets work repeatedly and finishes none is quarantined") {
  Cluster cluster;
  cluster.submit(1'000'000);
  WorkerId ann = cluster.join();
  for (int i = 0; i < 3; ++i) {
    CHECK(cluster.worker(ann).state == WorkerState::kActive);
    cluster.lend(ann);
    cluster.pass(seconds(16), {ann});  // Its network lives; its threads do not.
    // It gives up what it holds, as it does when others have finished that.
    if (i < 2) cluster.rejoin(ann, {});
  }
  CHECK(cluster.worker(ann).state == WorkerState::kQuarantined);
}

TEST_CASE("a finished lease clears the missed deadlines of its worker") {
  Cluster cluster;
  cluster.submit(1'000'000);
  WorkerId ann = cluster.join();
  for (int i = 0; i < 6; ++i) {
    cluster.lend(ann);
    cluster.pass(seconds(16), {ann});
    cluster.rejoin(ann, {});
    cluster.report(ann, tallyOf(cluster.lend(ann)));
    cluster.rejoin(ann, {});
  }
  CHECK(cluster.worker(ann).state == WorkerState::kActive);
}

TEST_CASE("violations are remembered while their worker is absent") {
  Cluster cluster;
  cluster.submit(1'000'000);
  WorkerId ann = cluster.join();
  for (int i = 0; i < 3; ++i) {
    LeaseTally lie = tallyOf(cluster.lend(ann));
    lie.tally.hits.strata[0] = 1'000'000;
    cluster.report(ann, lie);
    if (i == 2) break;
    cluster.handle(event::WorkerLost{.worker = ann});
    cluster.pass(seconds(6));  // More than the grace: it is lost.
    cluster.rejoin(ann, {});
  }
  CHECK(cluster.worker(ann).state == WorkerState::kQuarantined);
}

TEST_CASE("a worker that repeatedly takes work and is lost is quarantined") {
  Cluster cluster;
  cluster.submit(1'000'000);
  WorkerId ann = cluster.join();
  for (int i = 0; i < 3; ++i) {
    cluster.lend(ann);
    cluster.handle(event::WorkerLost{.worker = ann});
    cluster.pass(seconds(6));
    cluster.rejoin(ann, {});
  }
  CHECK(cluster.worker(ann).state == WorkerState::kQuarantined);
}

TEST_CASE("a worker whose connection breaks again and again during one lease is not quarantined") {
  Cluster cluster;
  cluster.submit(1'000'000);
  WorkerId ann = cluster.join();
  Lease lease = cluster.lend(ann);
  for (int i = 0; i < 5; ++i) {
    cluster.handle(event::WorkerLost{.worker = ann});
    cluster.pass(seconds(6));  // More than the grace: it is lost, and comes back with its lease.
    cluster.rejoin(ann, {lease});
    CHECK(cluster.worker(ann).state == WorkerState::kActive);
  }
}

TEST_CASE("a slow worker that claims to be fast delays others only for a short time") {
  Cluster cluster;
  JobId job = cluster.submit(100'000, 1'000);
  WorkerId ann = cluster.join(1'000'000'000'000'000), bob = cluster.join();
  Lease anns = cluster.lend(ann);
  REQUIRE(anns.range.size() > 10'000);
  // An honest worker computes and reports its leases.
  auto work = [&cluster, bob](Actions actions) {
    for (auto lent = only<action::Lend>(actions); !lent.empty();
         lent = only<action::Lend>(actions)) {
      std::vector<LeaseTally> done;
      for (const Lease& lease : lent[0].leases) done.push_back(tallyOf(lease));
      cluster.handle(event::Reported{.worker = bob, .done = done});
      actions = cluster.exchange(bob);
    }
  };
  work(cluster.exchange(bob));
  std::uint64_t reported = 0;
  while (reported < 300 && cluster.job(job).state != JobState::kFinished) {
    SampleRange next{.begin = anns.range.begin + reported, .end = anns.range.begin + reported + 1};
    cluster.report(ann, tallyOf(anns, next));  // And never answers when asked for the rest.
    ++reported;
    work(cluster.pass(seconds(1), {bob}));
  }
  CHECK(cluster.job(job).state == JobState::kFinished);
  CHECK(reported < 30);
}

TEST_CASE("a worker that begins lease after lease and finishes none is quarantined") {
  Config config = Cluster::config();
  config.lease.target = std::chrono::milliseconds(2);
  config.lease.minimum = std::chrono::milliseconds(2);
  Cluster cluster(config);
  cluster.submit(1'000'000);
  WorkerId ann = cluster.join();
  std::vector<Lease> held;
  while (held.size() < 20) {
    std::vector<action::Lend> lent = only<action::Lend>(cluster.exchange(ann));
    REQUIRE(lent.size() == 1);
    held.insert(held.end(), lent[0].leases.begin(), lent[0].leases.end());
  }
  for (const Lease& lease : held) {
    SampleRange first{.begin = lease.range.begin, .end = lease.range.begin + 1};
    cluster.report(ann, tallyOf(lease, first));
  }
  CHECK(cluster.worker(ann).state == WorkerState::kQuarantined);
}

TEST_CASE("a ticket does not allow gaps in its lease") {
  Config strict = Cluster::config();
  strict.strikesMax = 1;
  Cluster cluster(strict);
  JobId job = cluster.submit(1'000'000);
  WorkerId ann = cluster.join();
  Lease lease = cluster.lend(ann);
  cluster.handle(event::WorkerLost{.worker = ann});
  std::vector<LeaseTally> done;
  for (std::uint64_t begin = lease.range.begin; begin < lease.range.end; begin += 2) {
    done.push_back(tallyOf(lease, {.begin = begin, .end = begin + 1}));
  }

  cluster.rejoin(ann, {lease}, done);

  CHECK(cluster.worker(ann).state == WorkerState::kQuarantined);
  CHECK(cluster.job(job).samplesCounted == 1);
}

TEST_CASE("a lapsed lease counts as one failure, for any combination of reasons") {
  Cluster cluster;
  cluster.submit(1'000'000);
  WorkerId ann = cluster.join();
  Lease lease = cluster.lend(ann);
  cluster.pass(seconds(16), {ann});  // It is silent, then lost, and then for longer than the grace.
  cluster.handle(event::WorkerLost{.worker = ann});
  cluster.pass(seconds(6));
  cluster.rejoin(ann, {lease});
  cluster.pass(seconds(16), {ann});
  CHECK(cluster.worker(ann).state == WorkerState::kSilent);
}

TEST_CASE("a worker that repeatedly leaves work unfinished is quarantined") {
  Cluster cluster;
  cluster.submit(1'000'000);
  WorkerId ann = cluster.join();
  for (int i = 0; i < 3; ++i) {
    cluster.lend(ann);
    cluster.handle(event::WorkerLeft{.worker = ann, .done = {}});
    cluster.rejoin(ann, {});
  }
  CHECK(cluster.worker(ann).state == WorkerState::kQuarantined);
}

TEST_CASE("the list of quarantined workers has a limit") {
  Config strict = Cluster::config();
  strict.strikesMax = 1;
  strict.quarantinedMax = 2;
  Cluster cluster(strict);
  cluster.submit(1000);
  for (int i = 0; i < 5; ++i) {
    WorkerId worker = cluster.join();
    LeaseTally lie = tallyOf(cluster.lend(worker));
    lie.tally.hits.strata[0] = 1'000'000;
    cluster.report(worker, lie);
  }
  CHECK(cluster.core().workers(cluster.now()).size() == 2);
}

}  // namespace
}  // namespace pi::scheduler
