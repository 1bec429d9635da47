#include "scheduler/core/lease_book.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

constexpr WorkerId kAnn{1}, kBob{2}, kCid{3};

// Jobs of 1,000 samples, and workers that do 100 samples a second.
struct Desk {
  Desk() {
    for (WorkerId id : {kAnn, kBob, kCid}) {
      WorkerProfile profile;
      profile.samplesPerSecond = 100;
      workers.add(id, profile, Instant{});
    }
  }
  Job& submit(std::int32_t priority = 0) {
    Job& job =
        jobs.add({.spec = {.samples = 1000, .chunkSize = 1, .priority = priority}}, Instant{});
    book.open(job);
    return job;
  }
  Lease lend(Job& job, WorkerId worker, std::uint64_t samples = 100) {
    return book.lend(job, workers.get(worker), size(samples), Ledger::Fronts::kLent, Instant{});
  }
  void silence(WorkerId worker) {
    workers.setState(workers.get(worker), WorkerState::kSilent, Instant{});
    ended = book.suspect(worker, Instant{});
  }
  static LeaseSize size(std::uint64_t samples) { return {.samples = samples}; }
  static LeaseTally tallyOf(const Lease& lease) {
    return {.lease = lease.id, .job = lease.job, .tally = {.range = lease.range, .hits = {}}};
  }

  Config config;
  JobTable jobs{config};
  WorkerTable workers;
  LeaseHistory history{config.history, jobs};
  LeaseBook book{jobs, workers, history, LeaseId{}};
  std::vector<LeaseHolder> ended;
};

TEST_CASE("a lease is held by its worker until all of it is counted") {
  Desk desk;
  Job& job = desk.submit();
  Lease lease = desk.lend(job, kAnn);
  REQUIRE(desk.book.heldBy(kAnn).size() == 1);
  CHECK(desk.book.heldBy(kAnn)[0].lease == lease.id);
  desk.book.checkInvariants();

  CHECK(desk.book.count(job, Desk::tallyOf(lease), kAnn, Instant{}).counted);

  CHECK(desk.book.heldBy(kAnn).empty());
  desk.book.checkInvariants();
}

TEST_CASE("a job is lendable exactly while it has open samples") {
  Desk desk;
  Job& job = desk.submit();
  Lease lease = desk.lend(job, kAnn, 1000);
  CHECK(desk.book.queue().lendable(JobQueue::Lendable::kToAll).empty());
  desk.book.checkInvariants();

  desk.book.truncate(kAnn, lease.id, 400, Instant{});

  CHECK(desk.book.queue().lendable(JobQueue::Lendable::kToAll).size() == 1);
  CHECK(job.ledger.openSamples() == 600);
  desk.book.checkInvariants();
}

TEST_CASE("a job that is extended is lendable again") {
  Desk desk;
  Job& job = desk.submit();
  desk.lend(job, kAnn, 1000);

  desk.book.extend(job, 1500);

  CHECK(job.spec.samples == 1000);  // The user asked for these.
  CHECK(job.ledger.samples() == 1500);
  CHECK(desk.book.queue().lendable(JobQueue::Lendable::kToAll).size() == 1);
  desk.book.checkInvariants();
}

TEST_CASE("a job that ends takes its leases from their holders") {
  Desk desk;
  Job& job = desk.submit();
  desk.lend(job, kAnn);
  desk.lend(job, kBob);

  std::vector<LeaseHolder> ended = desk.book.close(job, Instant{});
  desk.jobs.end(job, JobState::kCancelled, "", Instant{});

  CHECK(ended.size() == 2);
  CHECK(desk.book.heldBy(kAnn).empty());
  CHECK(desk.book.queue().size() == 0);
  desk.book.checkInvariants();
}

TEST_CASE("a whole tally under a second lease revokes the first one") {
  Desk desk;
  Job& job = desk.submit();
  Lease first = desk.lend(job, kAnn);
  desk.silence(kAnn);
  std::optional<HeldLease> suspect = desk.book.advanceToSuspect();
  REQUIRE(suspect.has_value());
  Lease second = *desk.book.lendAgain(*suspect, desk.workers.get(kBob), Desk::size(100), Instant{});
  CHECK(second.range == first.range);
  desk.book.checkInvariants();

  Ledger::Receipt receipt = desk.book.count(job, Desk::tallyOf(second), kBob, Instant{});

  REQUIRE(receipt.revoked.size() == 1);
  CHECK(receipt.revoked[0].worker == kAnn);
  CHECK(desk.book.heldBy(kAnn).empty());
  CHECK_FALSE(desk.book.advanceToSuspect().has_value());
  desk.book.checkInvariants();
}

TEST_CASE("if both holders of a sample are suspect, the first one loses its lease") {
  Desk desk;
  Job& job = desk.submit();
  Lease first = desk.lend(job, kAnn);
  desk.silence(kAnn);
  desk.book.lendAgain(*desk.book.advanceToSuspect(), desk.workers.get(kBob), Desk::size(100),
                      Instant{});

  desk.silence(kBob);

  REQUIRE(desk.ended.size() == 1);
  CHECK(desk.ended[0].worker == kAnn);
  CHECK(desk.ended[0].lease == first.id);
  CHECK(desk.book.heldBy(kAnn).empty());
  CHECK(desk.book.advanceToSuspect().has_value());
  desk.book.checkInvariants();
}

TEST_CASE("suspect leases of the most urgent job are lent again first") {
  Desk desk;
  Job& low = desk.submit(-1);
  Job& high = desk.submit(5);
  desk.lend(low, kAnn);
  desk.lend(high, kAnn);

  desk.silence(kAnn);

  CHECK(desk.book.advanceToSuspect()->job == high.id);
  const Worker& bob = desk.workers.get(kBob);
  desk.book.lendAgain(*desk.book.advanceToSuspect(), bob, Desk::size(100), Instant{});
  CHECK_FALSE(desk.book.lendAgain(*desk.book.advanceToSuspect(), bob, Desk::size(100), Instant{}));
  CHECK(desk.book.advanceToSuspect()->job == low.id);
}

TEST_CASE("a lease whose holder is back is not lent again") {
  Desk desk;
  desk.lend(desk.submit(), kAnn);
  desk.silence(kAnn);
  REQUIRE(desk.book.advanceToSuspect().has_value());

  desk.workers.setState(desk.workers.get(kAnn), WorkerState::kActive, Instant{});

  CHECK_FALSE(desk.book.advanceToSuspect().has_value());
}

TEST_CASE("a lease that was never lent cannot be resumed") {
  Desk desk;
  Job& job = desk.submit();
  const Worker& ann = desk.workers.get(kAnn);
  Lease lease = desk.lend(job, kAnn);
  desk.book.endAll(kAnn, LeaseOutcome::kLost, Instant{});

  Lease next = lease;
  next.id = LeaseId{number(lease.id) + 1};
  CHECK_FALSE(desk.book.resume(job, next, ann, lease.range, Instant{}));
  CHECK(desk.book.resume(job, lease, ann, lease.range, Instant{}));
  CHECK_FALSE(desk.book.resume(job, lease, ann, lease.range, Instant{}));
  desk.book.checkInvariants();
}

}  // namespace
}  // namespace pi::scheduler
