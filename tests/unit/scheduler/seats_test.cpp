#include "scheduler/core/seats.h"

#include <doctest/doctest.h>

#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WorkerId kAnn{1}, kBob{2};

JobSpec limited(std::uint32_t threadsMax, std::uint64_t samples = 100'000) {
  return {.samples = samples, .chunkSize = 1, .threadsMax = threadsMax};
}

// The leases with which the exchange is answered at once; none if the worker waits.
std::vector<Lease> answer(Cluster& cluster, WorkerId worker, std::vector<LeaseTally> done = {}) {
  for (const action::Lend& lend : only<action::Lend>(cluster.exchange(worker, std::move(done)))) {
    if (lend.worker == worker) return lend.leases;
  }
  return {};
}

TEST_CASE("a job without a limit offers all threads and counts nothing") {
  Seats seats;
  CHECK(seats.offer(kAnn, 8) == 0);
  CHECK(seats.offer(kAnn, 0) == 0);  // A worker with GPUs alone.
  seats.take(kAnn, 0);
  CHECK(seats.all().empty());
  CHECK_FALSE(seats.isFull());
  seats.giveBack(kAnn);
  seats.checkInvariants();
}

TEST_CASE("a worker is offered what is free, and no more than it has") {
  Seats seats(10);
  CHECK(seats.offer(kAnn, 8) == 8);
  seats.take(kAnn, 8);
  CHECK(seats.offer(kBob, 8) == 2);
  CHECK_FALSE(seats.offer(kBob, 0));
  seats.take(kBob, 2);
  CHECK(seats.isFull());
  CHECK_FALSE(seats.offer(WorkerId{3}, 8));
  CHECK(seats.offer(kAnn, 8) == 8);  // A holder keeps its own.
  seats.checkInvariants();
}

TEST_CASE("seats are free after the last lease of their worker, and not before") {
  Seats seats(4);
  seats.take(kAnn, 1);
  CHECK(seats.offer(kAnn, 8) == 4);  // Its next lease may have more.
  seats.take(kAnn, 4);
  CHECK(seats.of(kAnn) == 4);
  seats.giveBack(kAnn);
  CHECK_FALSE(seats.offer(kBob, 1));
  seats.giveBack(kAnn);
  CHECK(seats.offer(kBob, 1) == 1);
  CHECK(seats.all().empty());
  seats.checkInvariants();
}

TEST_CASE("a lease of a limited job says how many threads may compute it") {
  Cluster cluster;
  WorkerId ann = cluster.joinWithThreads(8), bob = cluster.joinWithThreads(8);
  cluster.submit(limited(10));
  std::vector<Lease> first = answer(cluster, ann), second = answer(cluster, bob);
  REQUIRE(first.size() == 1);
  REQUIRE(second.size() == 1);
  CHECK(first[0].threads == 8);
  CHECK(second[0].threads == 2);
  // Sized by the threads that compute it: a lease is worth 100 ms.
  CHECK(first[0].range.size() == 800);
  CHECK(second[0].range.size() == 200);
}

TEST_CASE("a full job lends to its holders, and others wait until a seat is free") {
  Cluster cluster;
  WorkerId ann = cluster.joinWithThreads(2), bob = cluster.joinWithThreads(2);
  cluster.submit(limited(2));
  std::vector<Lease> first = answer(cluster, ann);
  REQUIRE(first.size() == 1);
  CHECK(answer(cluster, bob).empty());
  std::vector<Lease> next = answer(cluster, ann);  // Asked early, while it holds the first.
  REQUIRE(next.size() == 1);
  CHECK(next[0].threads == 2);

  cluster.report(ann, tallyOf(first[0]));
  CHECK(cluster.worker(bob).leases == 0);
  cluster.report(ann, tallyOf(next[0]));  // Now it holds none.
  CHECK(cluster.worker(bob).leases == 1);
  CHECK(answer(cluster, ann).empty());
}

TEST_CASE("a full job does not keep workers from the jobs behind it") {
  Cluster cluster;
  WorkerId ann = cluster.joinWithThreads(1), bob = cluster.joinWithThreads(1);
  JobSpec urgent = limited(1);
  urgent.priority = 5;
  JobId first = cluster.submit(urgent);
  JobId second = cluster.submit(100'000);
  CHECK(cluster.lend(ann).job == first);
  CHECK(cluster.lend(bob).job == second);
  CHECK(cluster.lend(ann).job == first);
}

TEST_CASE("a worker without CPU threads is lent no part of a limited job") {
  Cluster cluster;
  WorkerId gpu = cluster.join(1'000'000);  // cpuThreads is 0.
  cluster.submit(limited(4));
  CHECK(answer(cluster, gpu).empty());
  JobId other = cluster.submit(1000);
  CHECK(cluster.worker(gpu).leases == 1);
  CHECK(cluster.core().history().runningOf(gpu)->job == other);
}

TEST_CASE("limited jobs do not keep a worker without CPU threads from the jobs behind them") {
  Cluster cluster;
  for (int i = 0; i < 100; ++i) {
    JobSpec urgent = limited(1);
    urgent.priority = 5;
    cluster.submit(urgent);
  }
  JobId other = cluster.submit(100'000);
  CHECK(cluster.lend(cluster.join()).job == other);
}

TEST_CASE("a new job interrupts others though a worker waits that can take no part of it") {
  Cluster cluster;
  cluster.submit(JobSpec{.samples = 1'000'000, .chunkSize = 1, .threadsMax = 2});
  WorkerId ann = cluster.joinWithThreads(2);
  cluster.lend(ann);
  CHECK(answer(cluster, cluster.join()).empty());  // It has GPUs alone.
  Actions actions = cluster.handle(event::JobSubmitted{.spec = limited(2)});
  CHECK(only<action::Truncate>(actions).size() == 1);
}

TEST_CASE("a much faster worker that ends too soon takes no seats from a slow one") {
  for (bool isTooLate : {false, true}) {
    CAPTURE(isTooLate);
    Config config = Cluster::config();
    config.block = {.random = 100};
    Cluster cluster(config);
    WorkerId slow = cluster.joinWithThreads(1);
    cluster.submit(limited(1));
    Lease lease = cluster.lend(slow);
    LeaseTally tally = tallyOf(lease, {.begin = 0, .end = 50});
    tally.busy = seconds(5);
    cluster.report(slow, tally);
    // It takes 100 ms for a block; 1.1 s are the margin.
    auto left = std::chrono::milliseconds(isTooLate ? 1195 : 5000);
    CHECK(answer(cluster, cluster.joinWithThreads(1, left)).empty());
    CHECK(answer(cluster, slow).empty() != isTooLate);
  }
}

TEST_CASE("a silent worker loses its seats, and counts as failed") {
  Cluster cluster;
  WorkerId ann = cluster.joinWithThreads(1), bob = cluster.joinWithThreads(1);
  cluster.submit(limited(1));
  Lease lease = cluster.lend(ann);
  CHECK(answer(cluster, bob).empty());

  Actions actions = cluster.pass(seconds(16), {bob});
  CHECK(cluster.worker(ann).leases == 0);
  CHECK(cluster.worker(bob).leases == 1);
  CHECK(cluster.core().metrics().failures == 1);
  std::vector<action::Truncate> told = only<action::Truncate>(actions);
  REQUIRE(told.size() == 1);
  CHECK(told[0].lease == lease.id);
  CHECK(told[0].end == 0);
}

TEST_CASE("a lost worker keeps its seats for the time in which it may come back") {
  Cluster cluster;
  WorkerId ann = cluster.joinWithThreads(1), bob = cluster.joinWithThreads(1);
  cluster.submit(limited(1));
  cluster.lend(ann);
  CHECK(answer(cluster, bob).empty());
  cluster.handle(event::WorkerLost{ann});
  cluster.pass(seconds(4), {bob});
  CHECK(cluster.worker(bob).leases == 0);
  cluster.pass(seconds(3), {bob});
  CHECK(cluster.worker(bob).leases == 1);
}

TEST_CASE("a lease of a limited job is resumed only if its seats are free") {
  for (bool isTaken : {false, true}) {
    CAPTURE(isTaken);
    Cluster cluster;
    WorkerId ann = cluster.joinWithThreads(2);
    JobId job = cluster.submit(limited(2));
    Lease lease = cluster.lend(ann);
    cluster.handle(event::WorkerLost{ann});
    cluster.pass(seconds(7));  // It is forgotten.
    WorkerId bob = cluster.joinWithThreads(2);
    // Bob begins elsewhere, or there is no Bob.
    if (isTaken) cluster.lend(bob);
    lease.range = {.begin = 90'000, .end = 90'010};
    cluster.handle(event::WorkerJoined{.worker = ann,
                                       .profile = Cluster::profileWithThreads(2),
                                       .lent = {lease},
                                       .held = {{.lease = lease.id, .range = lease.range}},
                                       .done = {}});
    CHECK(cluster.worker(ann).leases == (isTaken ? 0 : 1));
    CHECK(cluster.job(job).state == JobState::kRunning);
  }
}

TEST_CASE("a slow holder leaves its seats to a worker that is much faster") {
  Cluster cluster;
  WorkerId slow = cluster.joinWithThreads(1);
  cluster.submit(limited(1));
  Lease lease = cluster.lend(slow);
  LeaseTally tally = tallyOf(lease, {.begin = 0, .end = 10});
  tally.busy = seconds(1);  // A hundred times as long as it should.
  cluster.report(slow, tally);
  WorkerId fast = cluster.joinWithThreads(1);
  CHECK(answer(cluster, fast).empty());
  CHECK(answer(cluster, slow).empty());

  cluster.report(slow, tallyOf(lease, {.begin = 10, .end = lease.range.end}));
  CHECK(cluster.worker(fast).leases == 1);
  CHECK(cluster.worker(slow).leases == 0);
}

TEST_CASE("the speed of one thread says nothing about the worker's speed as a whole") {
  Cluster cluster;
  WorkerId ann = cluster.joinWithThreads(8);
  JobId job = cluster.submit(limited(1, 100));
  std::vector<Lease> leases = answer(cluster, ann);
  while (cluster.job(job).state != JobState::kFinished) {
    REQUIRE(leases.size() == 1);
    CHECK(leases[0].threads == 1);
    CHECK(leases[0].range.size() <= 100);
    leases = answer(cluster, ann, {tallyOf(leases[0])});
    if (leases.empty()) leases = answer(cluster, ann);
  }
  CHECK(cluster.job(job).threads == 1);

  cluster.submit(100'000);
  REQUIRE(cluster.worker(ann).leases == 1);
  CHECK(cluster.core().history().runningOf(ann)->range.size() == 800);
}

TEST_CASE("short leases show how fast a thread at least is, of a worker that claims nothing") {
  Worker worker;
  worker.profile.threads = 2;
  worker.speedMax = 1'000'000;
  auto speedOfOne = [&] { return worker.speed(WorkKind::kRandom, 1); };
  worker.learnThreadSpeed(WorkKind::kRandom, 8, microseconds(30));
  CHECK(speedOfOne() == 80'000);
  CHECK(worker.speed(WorkKind::kRandom) == 1);
  worker.speeds.fill({.costPerSecond = 400'000});
  CHECK(speedOfOne() == 200'000);
  worker.learnThreadSpeed(WorkKind::kRandom, 100, milliseconds(1));
  CHECK(speedOfOne() == 100'000);
}

TEST_CASE("leases of a limited job grow although the first ones are too short to measure") {
  Config config = Cluster::config();
  config.firstLeaseCost = 4;
  Cluster cluster(config);
  WorkerId ann = cluster.joinWithThreads(2);
  cluster.submit(limited(2, 1'000'000'000));
  Lease lease = answer(cluster, ann).at(0);
  CHECK(lease.range.size() <= 4);
  for (int i = 0; i < 10; ++i) {
    LeaseTally tally = tallyOf(lease);
    tally.busy = microseconds(lease.range.size());
    cluster.report(ann, tally);
    lease = answer(cluster, ann).at(0);
  }
  CHECK(lease.range.size() > 1000);
}

TEST_CASE("a new limited job interrupts as many workers as it has seats for") {
  Cluster cluster;
  cluster.submit(1'000'000);
  for (int i = 0; i < 6; ++i) cluster.lend(cluster.joinWithThreads(2));
  Actions actions = cluster.handle(event::JobSubmitted{.spec = limited(4)});
  CHECK(only<action::Truncate>(actions).size() == 2);
}

}  // namespace
}  // namespace pi::scheduler
