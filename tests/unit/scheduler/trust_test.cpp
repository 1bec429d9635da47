// The leases that a worker gets before it has shown how fast it is.
#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kBoast = 1'000'000'000'000'000;  // In samples a second.

Config cautious() {
  Config config = Cluster::config();
  config.firstLeaseCost = 1000;
  return config;
}

// As the worker would report it at a million samples a second.
LeaseTally fastTally(const Lease& lease) {
  LeaseTally tally = tallyOf(lease);
  tally.busy = std::chrono::microseconds(lease.range.size());
  return tally;
}

TEST_CASE("the first lease of a worker is small, whatever speed it claims") {
  Cluster cluster(cautious());
  cluster.submit(1'000'000'000);

  CHECK(cluster.lend(cluster.join(kBoast)).range.size() == 1000);
  CHECK(cluster.lend(cluster.join(500)).range.size() == 50);  // A lease of the target time.
}

TEST_CASE("leases grow with what is counted until they take the target time") {
  Cluster cluster(cautious());
  cluster.submit(1'000'000'000);
  WorkerId ann = cluster.join(1'000'000);

  std::vector<std::uint64_t> sizes;
  for (int i = 0; i < 4; ++i) {
    Lease lease = cluster.lend(ann);
    sizes.push_back(lease.range.size());
    cluster.report(ann, fastTally(lease));
  }

  CHECK(sizes == std::vector<std::uint64_t>{1000, 16'000, 100'000, 100'000});
}

TEST_CASE("workers that only claim to be fast make the shares of others hardly smaller") {
  Cluster cluster(cautious());
  WorkerId ann = cluster.join(1'000'000);
  cluster.submit(1'000'000'000);
  for (int i = 0; i < 6; ++i) cluster.report(ann, fastTally(cluster.lend(ann)));
  for (int i = 0; i < 20; ++i) cluster.join(kBoast);

  cluster.submit(100'000, 1, 1);  // So little that shares count.

  // 20 workers are taken for 10,000 samples a second each, Ann for a million.
  std::uint64_t lent = cluster.lend(ann).range.size();
  CHECK(lent > 100'000 / 2 * 8 / 10);
  CHECK(lent <= 100'000 / 2);
}

// Bob has finished a lease; Ann, who is new, holds all that is left of the job, or a part of it.
struct Newcomer {
  Newcomer() {
    cluster.report(bob, tallyOf(cluster.lend(bob)));
    job = cluster.submit(50, 50, 1);
    lease = cluster.lend(ann);
    while (!takeAll(bob)) {
    }
  }
  // True if there is nothing more to lend.
  bool takeAll(WorkerId worker) {
    auto lent = only<action::Lend>(cluster.exchange(worker));
    if (lent.empty()) return true;
    for (const Lease& each : lent.at(0).leases) cluster.report(worker, tallyOf(each));
    return false;
  }

  Cluster cluster;
  WorkerId bob = cluster.join();
  WorkerId ann = cluster.join(kBoast);
  JobId first = cluster.submit(200);
  JobId job{};
  Lease lease;
};

TEST_CASE("a lease that an unproven worker holds for a second is lent to a proven one too") {
  Newcomer given;
  CHECK(only<action::Lend>(given.cluster.pass(milliseconds(500), {given.ann})).empty());

  auto lent = only<action::Lend>(given.cluster.pass(seconds(1), {given.ann}));

  REQUIRE(lent.size() == 1);
  CHECK(lent[0].worker == given.bob);
  CHECK(lent[0].leases.at(0).range.begin == given.lease.range.begin);
  CHECK(given.cluster.worker(given.ann).state == WorkerState::kActive);
  CHECK(given.cluster.core().metrics().leasesLentAgain == 1);
  CHECK(given.cluster.core().metrics().lastLentFrom == given.ann);
}

TEST_CASE("a lease of a proven worker is not lent again before this worker is silent") {
  Cluster cluster;
  WorkerId ann = cluster.join(), bob = cluster.join();
  cluster.submit(1000);
  for (WorkerId worker : {ann, bob}) cluster.report(worker, tallyOf(cluster.lend(worker)));
  while (!only<action::Lend>(cluster.exchange(ann)).empty()) {
  }
  cluster.exchange(bob);

  CHECK(only<action::Lend>(cluster.pass(seconds(5), {ann, bob})).empty());
}

TEST_CASE("a worker that finished nothing gets no lease of another one too") {
  Newcomer given;
  given.cluster.handle(event::WorkerLeft{.worker = given.bob, .done = {}});
  WorkerId cid = given.cluster.join();
  given.cluster.exchange(cid);

  CHECK(only<action::Lend>(given.cluster.pass(seconds(5), {given.ann, cid})).empty());
}

TEST_CASE("a tally that came too late still corrects the speed that its worker claimed") {
  Newcomer given;
  Cluster& cluster = given.cluster;
  auto lent = only<action::Lend>(cluster.pass(seconds(2), {given.ann}));
  cluster.report(given.bob, tallyOf(lent.at(0).leases.at(0)));
  REQUIRE(cluster.worker(given.ann).samplesPerSecond == kBoast);

  LeaseTally late = tallyOf(given.lease);
  late.busy = seconds(10);
  cluster.report(given.ann, late);

  CHECK(cluster.worker(given.ann).samplesPerSecond == given.lease.range.size() / 10);
}

}  // namespace
}  // namespace pi::scheduler
