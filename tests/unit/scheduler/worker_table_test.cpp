#include "scheduler/core/worker_table.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WorkerId kAnn{1}, kBob{2};
constexpr TrustPolicy kTrusting{.firstCost = kSamplesEnd, .target = milliseconds(1)};

Worker& add(WorkerTable& workers, WorkerId id, std::uint64_t samplesPerSecond) {
  WorkerProfile profile;
  profile.samplesPerSecond = samplesPerSecond;
  return workers.add(id, profile, Instant{});
}

TEST_CASE("the cluster's speed is the sum over the active workers") {
  WorkerTable workers(kTrusting);
  add(workers, kAnn, 300);
  Worker& bob = add(workers, kBob, 200);
  CHECK(workers.clusterSpeed(WorkKind::kRandom) == 500);

  workers.setState(bob, WorkerState::kSilent, Instant{});
  CHECK(workers.clusterSpeed(WorkKind::kRandom) == 300);
  CHECK(workers.connected() == 2);
  CHECK(workers.suspects() == 1);

  workers.setState(bob, WorkerState::kAbsent, Instant{});
  CHECK(workers.connected() == 1);
  CHECK(workers.suspects() == 1);

  workers.remove(kBob, Instant{});
  CHECK(workers.find(kBob) == nullptr);
  CHECK(workers.suspects() == 0);
  workers.checkInvariants();
}

TEST_CASE("the time for which a worker was connected leaves out its absences") {
  WorkerTable workers(kTrusting);
  Instant start = Instant{} + seconds(100);
  Worker& ann = workers.add(kAnn, {}, start);
  CHECK(ann.connectedTime(start + seconds(3)) == seconds(3));

  workers.setState(ann, WorkerState::kSilent, start + seconds(4));
  workers.setState(ann, WorkerState::kAbsent, start + seconds(5));
  CHECK(ann.connectedTime(start + seconds(9)) == seconds(5));

  workers.setState(ann, WorkerState::kActive, start + seconds(10));
  CHECK(ann.connectedTime(start + seconds(12)) == seconds(7));
}

TEST_CASE("a draining worker is connected, not suspect, and not lent to") {
  WorkerTable workers(kTrusting);
  Worker& ann = add(workers, kAnn, 300);

  workers.setState(ann, WorkerState::kDraining, Instant{});

  CHECK(workers.clusterSpeed(WorkKind::kRandom) == 0);
  CHECK(workers.connected() == 1);
  CHECK(workers.suspects() == 0);
}

TEST_CASE("the first tally sets a worker's speed, and later ones move it by half") {
  WorkerTable workers(kTrusting);
  Worker& ann = add(workers, kAnn, 1'000'000'000);

  workers.learnSpeed(ann, WorkKind::kRandom, 2000, seconds(1));
  CHECK(ann.speed(WorkKind::kRandom) == 2000);

  workers.learnSpeed(ann, WorkKind::kRandom, 1000, seconds(1));
  CHECK(ann.speed(WorkKind::kRandom) == 1500);
  workers.checkInvariants();
}

TEST_CASE("a worker has a speed for each kind of work") {
  WorkerTable workers(kTrusting);
  Worker& ann = add(workers, kAnn, 1000);

  workers.learnSpeed(ann, WorkKind::kRandom, 2000, seconds(1));
  CHECK(ann.speed(WorkKind::kSobol) == 1000);  // Its claim.

  workers.learnSpeed(ann, WorkKind::kSobol, 50, seconds(1));

  CHECK(ann.speed(WorkKind::kSobol) == 50);
  CHECK(ann.speed(WorkKind::kRandom) == 2000);
  CHECK(workers.clusterSpeed(WorkKind::kSobol) == 50);
  CHECK(workers.clusterSpeed(WorkKind::kRandom) == 2000);
  workers.checkInvariants();
}

TEST_CASE("a run too short to be timed never lowers a speed") {
  WorkerTable workers(kTrusting);
  Worker& ann = add(workers, kAnn, 1'000'000);

  workers.learnSpeed(ann, WorkKind::kRandom, 1, Duration::zero());
  CHECK(ann.speed(WorkKind::kRandom) == 1'000'000);

  workers.learnSpeed(ann, WorkKind::kRandom, 1000, microseconds(1));
  CHECK(ann.speed(WorkKind::kRandom) == 10'000'000);
}

TEST_CASE("a speed is at least one, and at most the limit on claims") {
  WorkerTable workers(kTrusting);
  Worker& ann = add(workers, kAnn, 1);

  workers.learnSpeed(ann, WorkKind::kRandom, 1, std::chrono::hours(1000));
  CHECK(ann.speed(WorkKind::kRandom) == 1);

  workers.learnSpeed(ann, WorkKind::kRandom, std::uint64_t{1} << 62, milliseconds(-5));
  CHECK(ann.speed(WorkKind::kRandom) == 1'000'000'000'000'000);
  workers.checkInvariants();

  CHECK(add(workers, kBob, ~std::uint64_t{0}).speed(WorkKind::kSobol) == 1'000'000'000'000'000);
}

TEST_CASE("a worker is not taken for faster than what was counted of it shows") {
  WorkerTable workers({.firstCost = 1000, .target = milliseconds(100)});
  Worker& ann = add(workers, kAnn, 1'000'000'000);
  CHECK(ann.speed(WorkKind::kRandom) == 10'000);
  CHECK(ann.trusted == 1000);
  CHECK(workers.clusterSpeed(WorkKind::kRandom) == 10'000);

  workers.noteCounted(ann, 1000);
  CHECK(ann.speed(WorkKind::kRandom) == 160'000);
  CHECK(ann.trusted == 16'000);
  CHECK(workers.clusterSpeed(WorkKind::kRandom) == 160'000);

  workers.learnSpeed(ann, WorkKind::kRandom, 500, seconds(1));
  CHECK(ann.speed(WorkKind::kRandom) == 500);
  workers.checkInvariants();
}

TEST_CASE("only active workers stand in the queue of waiting ones") {
  WorkerTable workers(kTrusting);
  Worker& ann = add(workers, kAnn, 1);
  Worker& bob = add(workers, kBob, 1);
  workers.setWaiting(bob, true);
  workers.setWaiting(ann, true);
  CHECK(workers.waiting() == std::deque<WorkerId>{kBob, kAnn});

  workers.setState(bob, WorkerState::kSilent, Instant{});
  CHECK(workers.waiting() == std::deque<WorkerId>{kAnn});
  workers.checkInvariants();

  workers.setState(bob, WorkerState::kActive, Instant{});
  CHECK(workers.waiting() == std::deque<WorkerId>{kAnn, kBob});

  workers.remove(kAnn, Instant{});
  CHECK(workers.waiting() == std::deque<WorkerId>{kBob});
  workers.checkInvariants();
}

TEST_CASE("a dismissed worker drains instead of becoming active again") {
  WorkerTable workers(kTrusting);
  Worker& ann = add(workers, kAnn, 1);
  ann.isDismissed = true;

  workers.setState(ann, WorkerState::kActive, Instant{});

  CHECK(ann.state == WorkerState::kDraining);
  workers.checkInvariants();
}

TEST_CASE("the strikes of a worker that is gone are remembered") {
  WorkerTable workers(kTrusting);
  add(workers, kAnn, 1).strikes = {.violations = 2, .failures = 1};
  workers.remove(kAnn, Instant{});

  const Worker& back = add(workers, kAnn, 1);

  CHECK(back.strikes.violations == 2);
  CHECK(back.strikes.failures == 1);
}

TEST_CASE("quarantined workers are kept in the order of their quarantine") {
  WorkerTable workers(kTrusting);
  Worker& ann = add(workers, kAnn, 1);
  Worker& bob = add(workers, kBob, 1);
  workers.setState(bob, WorkerState::kQuarantined, Instant{});
  workers.setState(ann, WorkerState::kQuarantined, Instant{});
  CHECK(workers.quarantined() == std::deque<WorkerId>{kBob, kAnn});
  CHECK(workers.connected() == 0);

  workers.remove(kBob, Instant{});

  CHECK(workers.quarantined() == std::deque<WorkerId>{kAnn});
  workers.checkInvariants();
}

}  // namespace
}  // namespace pi::scheduler
