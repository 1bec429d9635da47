#include "scheduler/core/worker_ends.h"

#include <doctest/doctest.h>

#include "common/model/limits.h"
#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The margin of a near worker in these tests: a heartbeat and a commit.  So a worker with so much
// more has that time to compute.
constexpr Duration kMargin = milliseconds(1100);

// Leases end where a block does: one of them takes a tenth of a second.
Config withBlocks() {
  Config config = Cluster::config();
  config.block = {.random = 100};
  return config;
}

std::size_t drains(const Actions& actions) { return only<action::Drain>(actions).size(); }

bool isAnyLent(const Actions& actions) { return !only<action::Lend>(actions).empty(); }

TEST_CASE("a lease is short enough for its worker to report it before it ends") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(kMargin + milliseconds(50));
  cluster.submit(1'000'000);

  CHECK(cluster.lend(ann).range.size() == 50);
}

TEST_CASE("a worker that ends late gets whole leases") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(seconds(3600));
  cluster.submit(1'000'000);

  CHECK(cluster.lend(ann).range.size() == 100);
  CHECK(cluster.worker(ann).timeLeft == seconds(3600));
  CHECK_FALSE(cluster.worker(cluster.join()).timeLeft);
}

TEST_CASE("leases that a worker holds leave less time for the next one") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(kMargin + milliseconds(130));
  cluster.submit(1'000'000);
  CHECK(cluster.lend(ann).range.size() == 100);

  CHECK(cluster.lend(ann).range.size() == 30);
  CHECK_FALSE(isAnyLent(cluster.exchange(ann)));
}

TEST_CASE("a far worker needs more time to report") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(kMargin + milliseconds(50));
  cluster.submit(1'000'000);

  Actions actions =
      cluster.handle(event::Exchanged{.worker = ann, .done = {}, .roundTrip = milliseconds(15)});

  CHECK(only<action::Lend>(actions).at(0).leases.at(0).range.size() == 20);
}

TEST_CASE("a worker that is too slow for a block is lent none, and others are") {
  Cluster cluster(withBlocks());
  WorkerId ann = cluster.joinFor(kMargin + milliseconds(99));
  WorkerId bob = cluster.join();
  cluster.exchange(ann);
  cluster.exchange(bob);

  auto lent = only<action::Lend>(
      cluster.handle(event::JobSubmitted{.spec = {.samples = 1000, .chunkSize = 100}}));

  REQUIRE(lent.size() == 1);
  CHECK(lent[0].worker == bob);
  CHECK(cluster.worker(ann).state == WorkerState::kActive);
}

TEST_CASE("each thread of a worker needs the time for a block") {
  Config config;
  JobWork work(JobSpec{.samples = 1'000'000, .chunkSize = 1}, {.random = 10});
  Worker worker{.endsAt = Instant{} + endMargin({}, config) + seconds(1)};
  auto finishable = [&](std::uint32_t threads, std::uint64_t samplesPerSecond) {
    worker.profile.threads = threads;
    worker.speeds.fill({.costPerSecond = samplesPerSecond});
    return finishableSamples(worker, work, config, Instant{}, 0);
  };
  CHECK(finishable(4, 39) == 0);
  CHECK(finishable(4, 40) == 31);  // Up to the end of a block that is 40.
  CHECK(finishable(1, 9) == 0);
  CHECK(finishable(1, 10) == 1);
  worker.endsAt.reset();
  CHECK(finishable(4, 1) == kSamplesEnd);
}

TEST_CASE("a lease with fewer threads needs the time that these take") {
  Config config;
  JobWork work(JobSpec{.samples = 1'000'000, .chunkSize = 1}, {.random = 10});
  Worker worker{.endsAt = Instant{} + endMargin({}, config) + seconds(1)};
  worker.profile.threads = 4;
  worker.speeds.fill({.costPerSecond = 400});
  auto finishable = [&](std::uint32_t threads) {
    return finishableSamples(worker, work, config, Instant{}, threads);
  };
  CHECK(finishable(0) == 391);
  CHECK(finishable(1) == 91);
  CHECK(finishable(2) == 191);
  worker.threadSpeeds.fill({.costPerSecond = 20, .isMeasured = true});
  CHECK(finishable(1) == 11);
  CHECK(finishable(0) == 391);
  worker.threadSpeeds.fill({.costPerSecond = 9, .isMeasured = true});
  CHECK(finishable(2) == 0);
}

TEST_CASE("a worker is lent no more of a limited job than its threads finish before its end") {
  Cluster cluster;
  WorkerId ann = cluster.joinWithThreads(8, kMargin + milliseconds(50));
  cluster.submit(JobSpec{.samples = 100'000, .chunkSize = 1, .threadsMax = 2});
  Lease lease = cluster.lend(ann);
  CHECK(lease.threads == 2);
  CHECK(lease.range.size() == 100);
}

TEST_CASE("a worker that is too late for a block of one job is lent the next job") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(kMargin + seconds(10));
  // A block with nets takes this worker 16 seconds.
  JobId nets = cluster.submit({.stream = {.sampler = Sampler::kSobol},
                               .samples = std::uint64_t{64} << 16,
                               .chunkSize = 1 << 16,
                               .priority = 1});
  JobId other = cluster.submit(100'000);
  CHECK(cluster.lend(ann).job == other);
  CHECK(cluster.lend(cluster.joinFor(kMargin + seconds(20))).job == nets);
}

TEST_CASE("a worker that can finish nothing more is told to drain when that is so") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(kMargin + milliseconds(400));
  cluster.submit(1'000'000);
  // Ten milliseconds are the shortest lease.
  REQUIRE(cluster.core().wakeAt() <= cluster.now() + milliseconds(390));

  cluster.stall(milliseconds(389));
  CHECK(drains(cluster.handle(event::Tick{})) == 0);
  CHECK(cluster.worker(ann).state == WorkerState::kActive);
  cluster.stall(milliseconds(20));
  auto told = only<action::Drain>(cluster.handle(event::Tick{}));

  REQUIRE(told.size() == 1);
  CHECK(told[0].worker == ann);
  CHECK(cluster.worker(ann).state == WorkerState::kDraining);
  CHECK_FALSE(isAnyLent(cluster.exchange(ann)));
  CHECK(drains(cluster.pass(seconds(2), {ann})) == 0);
}

TEST_CASE("a worker with its last lease is told to drain when it has reported that") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(kMargin + milliseconds(50));
  cluster.submit(1'000'000);
  Lease lease = cluster.lend(ann);
  cluster.stall(milliseconds(60));
  CHECK(drains(cluster.handle(event::Tick{})) == 0);
  CHECK(cluster.worker(ann).state == WorkerState::kActive);
  CHECK_FALSE(isAnyLent(cluster.exchange(ann)));

  cluster.report(ann, tallyOf(lease));
  REQUIRE(cluster.core().wakeAt() <= cluster.now() + milliseconds(20));
  cluster.stall(milliseconds(20));

  CHECK(drains(cluster.handle(event::Tick{})) == 1);
}

TEST_CASE("a worker that is too slow for its last lease is told in time to report a part") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(kMargin + milliseconds(50));
  cluster.submit(1'000'000);
  cluster.lend(ann);
  cluster.stall(milliseconds(1040));
  CHECK(drains(cluster.handle(event::Tick{})) == 0);

  cluster.stall(milliseconds(20));

  CHECK(drains(cluster.handle(event::Tick{})) == 1);
  CHECK(cluster.worker(ann).timeLeft > milliseconds(80));
}

TEST_CASE("a worker that ends too soon is draining as it joins") {
  Cluster cluster;
  cluster.submit(1'000'000);
  for (Duration timeLeft : {Duration(0), Duration(1), kMargin, kMargin + milliseconds(10)}) {
    CAPTURE(timeLeft.count());
    Actions actions = cluster.rejoin(WorkerId{100}, {}, {}, 1000, timeLeft);
    REQUIRE(only<action::Welcome>(actions).size() == 1);
    CHECK(drains(actions) == 1);
    CHECK(cluster.worker(WorkerId{100}).state == WorkerState::kDraining);
    CHECK_FALSE(isAnyLent(cluster.exchange(WorkerId{100})));
  }
}

TEST_CASE("a worker that leaves at its end has its tallies counted and loses no lease") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(kMargin + milliseconds(50));
  JobId job = cluster.submit(1000);
  Lease lease = cluster.lend(ann);
  cluster.pass(milliseconds(1060), {ann});
  REQUIRE(cluster.worker(ann).state == WorkerState::kDraining);

  cluster.handle(event::WorkerLeft{.worker = ann, .done = {tallyOf(lease)}});

  CHECK(cluster.job(job).samplesCounted == 50);
  CHECK(cluster.core().metrics().workersLost == 0);
  CHECK(cluster.core().metrics().failures == 0);
}

TEST_CASE("a worker that comes back is told again to drain, whatever it says then") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(seconds(1));
  for (std::optional<Duration> timeLeft : {std::optional<Duration>(seconds(3600)), {}}) {
    cluster.handle(event::WorkerLost{ann});
    CHECK(drains(cluster.rejoin(ann, {}, {}, 1000, timeLeft)) == 1);
    CHECK(cluster.worker(ann).state == WorkerState::kDraining);
  }
}

TEST_CASE("a worker that was away when its time came is told when it is back") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(seconds(3));
  cluster.handle(event::WorkerLost{ann});
  CHECK(drains(cluster.pass(seconds(2))) == 0);

  CHECK(drains(cluster.rejoin(ann, {}, {}, 1000, seconds(1))) == 1);
}

TEST_CASE("the time that a worker says at its last join counts") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(seconds(3600));
  cluster.submit(1'000'000);
  cluster.handle(event::WorkerLost{ann});
  cluster.rejoin(ann, {}, {}, 1000, kMargin + milliseconds(50));

  CHECK(cluster.lend(ann).range.size() == 50);
}

TEST_CASE("a silent worker whose time has come is told to drain and stays suspect") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(seconds(20));
  WorkerId bob = cluster.join();
  cluster.submit(10, 10);
  Lease lease = cluster.lend(ann);
  cluster.pass(seconds(17), {bob});
  REQUIRE(cluster.worker(ann).state == WorkerState::kSilent);

  CHECK(drains(cluster.pass(seconds(3), {bob})) == 1);
  CHECK(cluster.worker(ann).state == WorkerState::kSilent);
  CHECK(cluster.lend(bob).range == lease.range);

  cluster.report(ann, tallyOf(lease));
  CHECK(cluster.worker(ann).state == WorkerState::kDraining);
}

TEST_CASE("an absurdly late end is harmless") {
  Cluster cluster;
  WorkerId ann = cluster.joinFor(Duration::max());
  CHECK(cluster.worker(ann).timeLeft == kTimeLeftMax);
  WorkerId bob = cluster.joinFor(Duration::min());
  CHECK(cluster.worker(bob).timeLeft == Duration::zero());
  CHECK(cluster.worker(bob).state == WorkerState::kDraining);
}

TEST_CASE("a worker that ends soon gets no second lease that it could not finish") {
  Cluster cluster(withBlocks());
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.joinFor(seconds(17) + kMargin + milliseconds(50));
  WorkerId cid = cluster.join();
  cluster.submit(100, 100);
  Lease lease = cluster.lend(ann);
  cluster.pass(seconds(17), {bob, cid});
  REQUIRE(cluster.worker(ann).state == WorkerState::kSilent);

  CHECK_FALSE(isAnyLent(cluster.exchange(bob)));
  CHECK(cluster.lend(cid).range == lease.range);
}

TEST_CASE("an overdue lease goes to a waiting worker that can finish it") {
  Cluster cluster(withBlocks());
  WorkerId bob = cluster.joinFor(seconds(1) + kMargin + milliseconds(50));
  WorkerId cid = cluster.join();
  cluster.submit(200, 100);
  for (WorkerId worker : {bob, cid}) cluster.report(worker, tallyOf(cluster.lend(worker)));
  WorkerId ann = cluster.join();
  cluster.submit(100, 100);
  Lease lease = cluster.lend(ann);  // It has finished none.
  CHECK_FALSE(isAnyLent(cluster.exchange(bob)));
  CHECK_FALSE(isAnyLent(cluster.exchange(cid)));

  auto lent = only<action::Lend>(cluster.pass(seconds(1), {ann}));

  REQUIRE(lent.size() == 1);
  CHECK(lent[0].worker == cid);
  CHECK(lent[0].leases.at(0).range == lease.range);
}

TEST_CASE("an idle worker that ends soon gets no longer tail than it can finish") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(100, 100);
  std::vector<Lease> leases;
  std::uint64_t lent = 0;
  while (lent < 100) {
    leases.push_back(cluster.lend(ann));
    lent += leases.back().range.size();
  }
  // A tenth of a second is left to the worker.
  WorkerId bob = cluster.joinFor(kMargin + milliseconds(30));

  auto asked = only<action::Truncate>(cluster.exchange(bob));

  REQUIRE(!asked.empty());
  CHECK(asked.back().end >= 70);
}

TEST_CASE("no worker is asked for a tail that the idle one has too many threads to finish") {
  for (std::uint32_t threads : {1u, 4u}) {
    CAPTURE(threads);
    Config config = Cluster::config();
    config.block = {.random = 20};
    Cluster cluster(config);
    WorkerId ann = cluster.join();
    cluster.submit(100, 100);
    for (std::uint64_t lent = 0; lent < 100;) lent += cluster.lend(ann).range.size();
    WorkerProfile profile{.name = "node", .host = "node", .kernel = "portable", .batchJob = ""};
    profile.threads = threads;
    profile.samplesPerSecond = 1000;
    WorkerId bob{100};
    cluster.handle(event::WorkerJoined{.worker = bob,
                                       .profile = profile,
                                       .lent = {},
                                       .held = {},
                                       .done = {},
                                       .timeLeft = kMargin + milliseconds(50)});

    // Two blocks fit, and not one for each of four threads.
    CHECK(only<action::Truncate>(cluster.exchange(bob)).empty() == (threads == 4));
  }
}

TEST_CASE("a worker is not interrupted for a job of which it can finish nothing") {
  for (bool isEnding : {false, true}) {
    CAPTURE(isEnding);
    Config config = withBlocks();
    config.lease.target = milliseconds(500);
    Cluster cluster(config);
    WorkerId ann = isEnding ? cluster.joinFor(kMargin + milliseconds(500)) : cluster.join();
    cluster.submit(1000, 1000);
    REQUIRE(cluster.lend(ann).range.size() == 500);
    cluster.stall(milliseconds(450));

    Actions actions =
        cluster.handle(event::JobSubmitted{.spec = {.samples = 1000, .chunkSize = 1000}});
    CHECK(only<action::Truncate>(actions).empty() == isEnding);
  }
}

TEST_CASE("a false end takes nothing from other workers") {
  Cluster cluster;
  WorkerId liar = cluster.joinFor(Duration(1));
  WorkerId ann = cluster.join();
  cluster.submit(1'000'000);
  CHECK_FALSE(isAnyLent(cluster.exchange(liar)));

  CHECK(cluster.lend(ann).range.size() == 100);
  CHECK(cluster.core().metrics().failures == 0);
}

}  // namespace
}  // namespace pi::scheduler
