#include "scheduler/core/intake.h"

#include <doctest/doctest.h>

#include "common/model/epoch.h"

namespace pi::scheduler {
namespace {

constexpr WorkerId kAnn{1}, kBob{2};
constexpr LeaseId kLease{7}, kNewest{9};

// A running job of 1,000 samples of which Ann holds [0, 100).
struct Case {
  Case() {
    job.state = JobState::kRunning;
    job.ledger.lend(kLease, kAnn, {.samples = 100});
  }
  static LeaseTally tally(SampleRange range, LeaseId lease = kLease) {
    return {.lease = lease, .job = JobId{1}, .tally = {.range = range, .hits = {}}};
  }
  Verdict judged(const LeaseTally& tally, WorkerId worker = kAnn,
                 const ProvenLease* proven = nullptr) const {
    return judge(tally, jobs.find(job.id), worker, proven, kNewest);
  }
  bool isDropped(const LeaseTally& tally, DropReason reason, WorkerId worker = kAnn,
                 const ProvenLease* proven = nullptr) const {
    Verdict verdict = judged(tally, worker, proven);
    return verdict.kind == Verdict::Kind::kDrop && verdict.reason == reason;
  }

  Config config;
  JobTable jobs{config};
  Job& job = jobs.add({.spec = {.samples = 1000, .chunkSize = 1}}, Instant{});
};

TEST_CASE("the next part of a worker's own lease counts") {
  Case given;
  CHECK(given.judged(Case::tally({.begin = 0, .end = 50})).kind == Verdict::Kind::kCount);
  CHECK(given.judged(Case::tally({.begin = 0, .end = 100})).kind == Verdict::Kind::kCount);
}

TEST_CASE("a tally of an unknown or ended job is dropped") {
  Case given;
  LeaseTally tally = Case::tally({.begin = 0, .end = 50});
  CHECK(judge(tally, nullptr, kAnn, nullptr, kNewest).reason == DropReason::kJobOver);

  given.job.state = JobState::kCancelled;

  CHECK(given.isDropped(tally, DropReason::kJobOver));
}

TEST_CASE("impossible numbers are a violation") {
  Case given;
  LeaseTally tooManyHits = Case::tally({.begin = 0, .end = 50});
  tooManyHits.tally.hits.strata[0] = 51;
  CHECK(given.isDropped(tooManyHits, DropReason::kImpossible));
  CHECK(given.isDropped(Case::tally({.begin = 990, .end = 1001}), DropReason::kImpossible));
  CHECK(given.isDropped(Case::tally({.begin = 5, .end = 5}), DropReason::kImpossible));
}

TEST_CASE("without a ticket, a tally of an earlier scheduler is dropped, and is no violation") {
  // Its job may have had this number then.
  Case given;
  LeaseTally tally = Case::tally({.begin = 5000, .end = 6000}, leaseIdOf(0, 8));
  Verdict verdict = judge(tally, &given.job, kAnn, nullptr, leaseIdOf(1, 3));
  CHECK(verdict.kind == Verdict::Kind::kDrop);
  CHECK(verdict.reason == DropReason::kLeaseOver);
  CHECK_FALSE(isViolation(verdict.reason));
}

TEST_CASE("a part that is not the next one is a violation") {
  Case given;
  CHECK(given.isDropped(Case::tally({.begin = 1, .end = 50}), DropReason::kNotNext));
  CHECK(given.isDropped(Case::tally({.begin = 0, .end = 101}), DropReason::kNotNext));
}

TEST_CASE("a lease that was never lent, or is another worker's, is a violation") {
  Case given;
  SampleRange range{.begin = 0, .end = 50};
  CHECK(given.isDropped(Case::tally(range, LeaseId{10}), DropReason::kNeverLent));
  CHECK(given.isDropped(Case::tally(range), DropReason::kForeignLease, kBob));
}

TEST_CASE("a tally of a lease that is over is dropped, and is no violation") {
  Case given;
  CHECK(
      given.isDropped(Case::tally({.begin = 200, .end = 250}, LeaseId{3}), DropReason::kLeaseOver));
  CHECK_FALSE(isViolation(DropReason::kLeaseOver));
}

TEST_CASE("a tally that was counted for the same worker is repeated, for another it is dropped") {
  Case given;
  LeaseTally tally = Case::tally({.begin = 0, .end = 50});
  given.job.ledger.count(kLease, kAnn, tally.tally);

  CHECK(given.judged(tally).kind == Verdict::Kind::kRepeated);
  ProvenLease proven{
      .lease = {.id = LeaseId{3}, .job = JobId{1}, .stream = {}, .range = {.begin = 0, .end = 50}}};
  CHECK(given.isDropped(tally, DropReason::kAlreadyCounted, kBob, &proven));
}

TEST_CASE("a ticket lets a tally of a forgotten lease count, if it leaves no gap") {
  Case given;
  ProvenLease proven{
      .lease = {
          .id = LeaseId{3}, .job = JobId{1}, .stream = {}, .range = {.begin = 200, .end = 300}}};
  LeaseTally first = Case::tally({.begin = 210, .end = 250}, LeaseId{3});

  Verdict verdict = given.judged(first, kBob, &proven);
  CHECK(verdict.kind == Verdict::Kind::kCount);
  CHECK(verdict.isNextOfProven);

  proven.next = 250;
  CHECK(given.judged(Case::tally({.begin = 250, .end = 300}, LeaseId{3}), kBob, &proven).kind ==
        Verdict::Kind::kCount);
  CHECK(given.isDropped(Case::tally({.begin = 260, .end = 300}, LeaseId{3}), DropReason::kNotNext,
                        kBob, &proven));
}

TEST_CASE("a ticket for a job that has another stream now does not count") {
  Case given;
  ProvenLease proven{.lease = {.id = LeaseId{3},
                               .job = JobId{1},
                               .stream = {.seed = 99},
                               .range = {.begin = 200, .end = 300}}};

  CHECK(given.isDropped(Case::tally({.begin = 200, .end = 300}, LeaseId{3}), DropReason::kJobOver,
                        kBob, &proven));
}

}  // namespace
}  // namespace pi::scheduler
