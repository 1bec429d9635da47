#include "scheduler/core/lease_history.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "scheduler/core/history.h"
#include "scheduler/core/lease_book.h"

namespace pi::scheduler {
namespace {

using std::chrono::seconds;

constexpr WorkerId kAnn{1}, kBob{2};

// Jobs of 1,000 samples, two workers, and a clock that a test sets.
struct Desk {
  explicit Desk(const HistoryLimits& limits = {}) : history(limits, jobs) {
    for (WorkerId id : {kAnn, kBob}) workers.add(id, {}, now);
  }
  Job& submit(Sampler sampler = Sampler::kRandom) {
    Job& job =
        jobs.add({.spec = {.stream = {.sampler = sampler}, .samples = 1000, .chunkSize = 1}}, now);
    book.open(job);
    return job;
  }
  Lease lend(Job& job, WorkerId worker, std::uint64_t samples = 100) {
    return book.lend(job, workers.get(worker), {.samples = samples}, Ledger::Fronts::kLent, now);
  }
  // The first `samples` samples of the lease are counted; every one is a hit of its stratum.
  void count(Job& job, const Lease& lease, WorkerId worker, std::uint64_t samples = 100) {
    Tally tally{.range = {.begin = lease.range.begin, .end = lease.range.begin + samples},
                .hits = {}};
    std::size_t strata = strataCount(lease.stream.sampler);
    for (std::size_t i = 0; i < strata; ++i) {
      tally.hits.strata[i] = stratumSize(tally.range, i, strata);
    }
    book.count(job, {.lease = lease.id, .job = job.id, .tally = tally}, worker, now);
  }
  std::vector<LeaseRecord> ended() const { return history.endedAfter(0, 100); }
  LeaseRecord last() const { return ended().back(); }
  std::vector<LeaseRecord> of(WorkerId worker) const {
    return History(jobs, workers.history(), book, history).leasesOf(worker);
  }
  void check() const {
    book.checkInvariants();
    history.checkInvariants();
  }

  Instant now = Instant{} + seconds(100);
  Config config;
  JobTable jobs{config};
  WorkerTable workers;
  LeaseHistory history;
  LeaseBook book{jobs, workers, history, LeaseId{}};
};

TEST_CASE("a lease that is counted in full is done, with its range, its hits and its times") {
  Desk desk;
  Job& job = desk.submit();
  Lease lease = desk.lend(job, kAnn);
  REQUIRE(desk.of(kAnn).size() == 1);
  CHECK(desk.of(kAnn)[0].lease == lease.id);
  CHECK(desk.of(kAnn)[0].outcome == LeaseOutcome::kRunning);
  desk.check();
  desk.now += seconds(2);

  desk.count(job, lease, kAnn);

  REQUIRE(desk.of(kAnn).size() == 1);
  REQUIRE(desk.ended().size() == 1);
  CHECK(desk.last() == LeaseRecord{.number = 1,
                                   .lease = lease.id,
                                   .worker = kAnn,
                                   .job = job.id,
                                   .range = {.begin = 0, .end = 100},
                                   .counted = 100,
                                   .hits = {.strata = {100}},
                                   .begunAt = desk.now - seconds(2),
                                   .endedAt = desk.now,
                                   .outcome = LeaseOutcome::kDone});
  CHECK(desk.history.endedAs(LeaseOutcome::kDone) == 1);
  desk.check();
}

TEST_CASE("the counted part of a running lease is known, and is in its record when it ends") {
  Desk desk;
  Job& job = desk.submit(Sampler::kSobol);
  Lease lease = desk.lend(job, kAnn);
  desk.count(job, lease, kAnn, 30);
  desk.check();
  Lease next = lease;
  next.range.begin = 30;
  desk.count(job, next, kAnn, 50);
  desk.check();
  REQUIRE(desk.of(kAnn).size() == 1);
  CHECK(desk.of(kAnn)[0].counted == 80);
  CHECK(desk.of(kAnn)[0].hits.total() == 80);

  next.range.begin = 80;
  desk.count(job, next, kAnn, 20);

  CHECK(desk.last().outcome == LeaseOutcome::kDone);
  CHECK(desk.last().counted == 100);
  CHECK(desk.last().hits.strata[15] == stratumSize(lease.range, 15, 16));
  CHECK(desk.history.parts().empty());
  desk.check();
}

TEST_CASE("a lease whose worker gives up its end is truncated when the rest is counted") {
  Desk desk;
  Job& job = desk.submit();
  Lease lease = desk.lend(job, kAnn);
  desk.book.truncate(kAnn, lease.id, 40, desk.now);
  CHECK(desk.ended().empty());
  desk.count(job, lease, kAnn, 40);

  CHECK(desk.last().outcome == LeaseOutcome::kTruncated);
  CHECK(desk.last().range.size() == 100);
  CHECK(desk.last().counted == 40);
  desk.check();
}

TEST_CASE("a lease that is given up after a part of it is counted is truncated, too") {
  Desk desk;
  Job& job = desk.submit();
  Lease lease = desk.lend(job, kAnn);
  desk.count(job, lease, kAnn, 30);
  desk.book.truncate(kAnn, lease.id, 30, desk.now);

  CHECK(desk.last().outcome == LeaseOutcome::kTruncated);
  CHECK(desk.last().counted == 30);
  desk.check();
}

TEST_CASE("a lease that is given up before any of it is counted is given back") {
  Desk desk;
  Lease lease = desk.lend(desk.submit(), kAnn);
  desk.book.truncate(kAnn, lease.id, 0, desk.now);
  CHECK(desk.last().outcome == LeaseOutcome::kGivenBack);
  CHECK(desk.last().counted == 0);
  desk.check();
}

TEST_CASE("leases of a lost worker are lost, and what was counted of them stays counted") {
  Desk desk;
  Job& job = desk.submit();
  Lease lease = desk.lend(job, kAnn);
  desk.count(job, lease, kAnn, 30);

  desk.book.endAll(kAnn, LeaseOutcome::kLost, desk.now);

  CHECK(desk.last().outcome == LeaseOutcome::kLost);
  CHECK(desk.last().counted == 30);
  desk.check();
}

TEST_CASE("the slower one of two leases on the same samples is a duplicate") {
  Desk desk;
  Job& job = desk.submit();
  Lease first = desk.lend(job, kAnn);
  desk.workers.setState(desk.workers.get(kAnn), WorkerState::kSilent, desk.now);
  desk.book.suspect(kAnn, desk.now);
  Lease second = *desk.book.lendAgain(*desk.book.advanceToSuspect(), desk.workers.get(kBob),
                                      {.samples = 100}, desk.now);
  desk.count(job, second, kBob);

  REQUIRE(desk.ended().size() == 2);
  CHECK(desk.ended().front().lease == first.id);
  CHECK(desk.ended().front().outcome == LeaseOutcome::kDuplicate);
  CHECK(desk.last().outcome == LeaseOutcome::kDone);
  desk.check();
}

TEST_CASE("leases of a job that is over are revoked") {
  Desk desk;
  Job& job = desk.submit();
  desk.lend(job, kAnn);
  desk.lend(job, kBob);
  desk.book.close(job, desk.now);
  desk.jobs.end(job, JobState::kCancelled, "", desk.now);
  CHECK(desk.history.endedAs(LeaseOutcome::kRevoked) == 2);
  desk.check();
}

TEST_CASE("samples that are counted after their lease has ended have a record of their own") {
  Desk desk;
  Job& job = desk.submit();
  Lease lease = desk.lend(job, kAnn);
  desk.book.truncate(kAnn, lease.id, 0, desk.now, LeaseOutcome::kRevoked);

  desk.count(job, lease, kAnn, 60);

  REQUIRE(desk.ended().size() == 2);
  CHECK(desk.ended().front().counted == 0);
  CHECK(desk.last().outcome == LeaseOutcome::kLate);
  CHECK(desk.last().lease == lease.id);
  CHECK(desk.last().range == SampleRange{.begin = 0, .end = 60});
  CHECK(desk.last().counted == 60);
  desk.check();
}

TEST_CASE("a lease that is resumed has a new record from there") {
  Desk desk;
  Job& job = desk.submit();
  Lease lease = desk.lend(job, kAnn);
  desk.count(job, lease, kAnn, 30);
  desk.book.endAll(kAnn, LeaseOutcome::kLost, desk.now);
  desk.now += seconds(9);

  CHECK(desk.book.resume(job, lease, desk.workers.get(kAnn), {.begin = 30, .end = 100}, desk.now));

  REQUIRE(desk.of(kAnn).size() == 2);
  CHECK(desk.of(kAnn)[1].range == SampleRange{.begin = 30, .end = 100});
  CHECK(desk.of(kAnn)[1].begunAt == desk.now);
  desk.check();
}

TEST_CASE("a worker's oldest leases are forgotten, and what was counted of them is not") {
  Desk desk({.leaseRecordsPerWorkerMax = 2});
  Job& job = desk.submit(Sampler::kSobol);
  for (int i = 0; i < 4; ++i) {
    desk.count(job, desk.lend(job, kAnn), kAnn);
    desk.check();
  }
  desk.count(job, desk.lend(job, kBob), kBob);

  CHECK(desk.history.endedOf(kAnn).size() == 2);
  CHECK(desk.history.endedOf(kAnn).front().number == 3);
  CHECK(desk.history.endedOf(kBob).size() == 1);
  std::uint64_t forgotten = 0;
  for (std::uint64_t samples : job.history.evicted.samples) forgotten += samples;
  CHECK(forgotten == 200);
  CHECK(job.history.evicted.hits.total() == 200);
  CHECK(job.history.evicted.samples[15] > 0);
  CHECK(desk.history.endedAs(LeaseOutcome::kDone) == 5);
  desk.check();
}

TEST_CASE("when there are too many leases in all, the one that ended first is forgotten") {
  Desk desk({.leaseRecordsMax = 3});
  Job& job = desk.submit();
  desk.count(job, desk.lend(job, kBob), kBob);
  for (int i = 0; i < 3; ++i) {
    desk.count(job, desk.lend(job, kAnn), kAnn);
    desk.check();
  }
  CHECK(desk.ended().size() == 3);
  CHECK(desk.history.endedOf(kBob).empty());
  CHECK(desk.history.endedOf(kAnn).size() == 3);
}

TEST_CASE("those who have seen some leases ask for the newer ones") {
  Desk desk;
  Job& job = desk.submit(Sampler::kSobol);
  for (int i = 0; i < 5; ++i) desk.count(job, desk.lend(job, kAnn), kAnn);

  std::vector<LeaseRecord> newer = desk.history.endedAfter(3, 10);
  REQUIRE(newer.size() == 2);
  CHECK(newer[0].number == 4);
  CHECK(newer[1].number == 5);
  CHECK(newer[1].hits.strata[15] > 0);
  CHECK(desk.history.endedAfter(0, 2) == newer);
  CHECK(desk.history.endedAfter(5, 10).empty());
}

TEST_CASE("a history without room still adds up") {
  Desk desk({.leaseRecordsPerWorkerMax = 0, .leaseRecordsMax = 0});
  Job& job = desk.submit();
  desk.count(job, desk.lend(job, kAnn), kAnn);
  CHECK(desk.ended().empty());
  CHECK(job.history.evicted.samples[0] == 100);
  desk.check();
}

TEST_CASE("leases of a job that is gone stay, and may be forgotten") {
  Desk desk({.leaseRecordsMax = 1});
  Job& gone = desk.submit();
  desk.lend(gone, kAnn);
  desk.book.close(gone, desk.now);
  desk.jobs.withdraw(gone.id);
  CHECK(desk.last().outcome == LeaseOutcome::kRevoked);
  desk.check();

  Job& next = desk.submit();
  desk.count(next, desk.lend(next, kAnn), kAnn);

  CHECK(desk.ended().size() == 1);
  CHECK(desk.last().job == next.id);
  desk.check();
}

TEST_CASE("the ended leases of a job come in pages, without those of other jobs") {
  Desk desk;
  Job& job = desk.submit();
  Job& other = desk.submit();
  for (Job* each : {&job, &other, &job, &job}) {
    desk.count(*each, desk.lend(*each, kAnn), kAnn);
  }
  std::vector<LeaseRecord> page = desk.history.endedOf(job.id, 0, 2);
  REQUIRE(page.size() == 2);
  CHECK(page[0].number == 1);
  CHECK(page[1].number == 3);
  page = desk.history.endedOf(job.id, 3, 2);
  REQUIRE(page.size() == 1);
  CHECK(page[0].number == 4);
  CHECK(page[0].job == job.id);
  CHECK(desk.history.endedOf(job.id, 4, 2).empty());
  CHECK(desk.history.endedOf(JobId{99}, 0, 2).empty());
}

// All leases of the job, in pages of seven.
std::vector<LeaseRecord> pagesOf(JobId job, const LeaseHistory& history) {
  std::vector<LeaseRecord> records;
  for (std::uint64_t after = 0;;) {
    std::vector<LeaseRecord> page = history.endedOf(job, after, 7);
    if (page.empty()) return records;
    after = page.back().number;
    records.insert(records.end(), page.begin(), page.end());
  }
}

TEST_CASE("pages have all leases of a job, also when some between them are forgotten") {
  for (std::size_t perWorker : {0, 1, 150}) {
    CAPTURE(perWorker);
    Desk desk({.leaseRecordsPerWorkerMax = perWorker, .leaseRecordsMax = 250});
    Job& job = desk.submit();
    Job& other = desk.submit();
    auto end = [&](WorkerId worker, bool isOfOther) {
      LeaseRecord lease{.worker = worker,
                        .job = isOfOther ? other.id : job.id,
                        .range = {.begin = 0, .end = 100},
                        .begunAt = desk.now};
      desk.history.end(lease, LeaseOutcome::kGivenBack, desk.now);
    };
    // Ann's leases are forgotten while Bob's, which are older, stay.
    for (int i = 0; i < 140; ++i) end(kBob, i % 3 == 0);
    for (int i = 0; i < 400; ++i) {
      end(kAnn, i % 2 == 0);
      if (i % 20 == 0) desk.check();
    }
    std::vector<LeaseRecord> expected = desk.history.endedAfter(0, 1'000);
    std::erase_if(expected, [&](const LeaseRecord& each) { return each.job != job.id; });
    CHECK(expected.size() >= perWorker * 4 / 5);
    CHECK(pagesOf(job.id, desk.history) == expected);
    desk.check();
  }
}

TEST_CASE("a page is found as well after many leases of the job are forgotten in order") {
  Desk desk({.leaseRecordsPerWorkerMax = 200});
  Job& job = desk.submit();
  for (int i = 1; i <= 500; ++i) {
    desk.history.end(
        {.worker = kAnn, .job = job.id, .range = {.begin = 0, .end = 9}, .begunAt = desk.now},
        LeaseOutcome::kGivenBack, desk.now);
    desk.check();
    std::vector<LeaseRecord> page = desk.history.endedOf(job.id, 0, 1);
    REQUIRE(page.size() == 1);
    CHECK(page[0].number == static_cast<std::uint64_t>(std::max(1, i - 199)));
  }
  for (std::uint64_t after = 290; after < 500; ++after) {
    REQUIRE(desk.history.endedOf(job.id, after, 1).size() == 1);
    CHECK(desk.history.endedOf(job.id, after, 1)[0].number ==
          std::max<std::uint64_t>(301, after + 1));
  }
}

TEST_CASE("the hits of strata go with their lease, and the next lease in its place has its own") {
  Desk desk({.leaseRecordsPerWorkerMax = 1});
  Job& nets = desk.submit(Sampler::kSobol);
  Job& random = desk.submit();
  for (Job* job : {&nets, &random, &nets, &random}) {
    desk.count(*job, desk.lend(*job, kAnn), kAnn);
    CHECK(desk.last().hits.total() == 100);
    CHECK((desk.last().hits.strata[15] > 0) == (job == &nets));
    desk.check();
  }
  CHECK(nets.history.evicted.hits.total() == 200);
  CHECK(random.history.evicted.hits.strata[0] == 100);
}

TEST_CASE("the running leases of a job come in pages, with what is counted of them") {
  Desk desk;
  Job& job = desk.submit();
  Job& other = desk.submit();
  Lease first = desk.lend(job, kAnn);
  desk.lend(other, kAnn);
  Lease second = desk.lend(job, kBob);
  desk.count(job, second, kBob, 10);
  auto running = [&](JobId id, LeaseId after, std::size_t max) {
    return History(desk.jobs, desk.workers.history(), desk.book, desk.history)
        .runningOf(id, after, max);
  };
  std::vector<LeaseRecord> page = running(job.id, LeaseId{}, 1);
  REQUIRE(page.size() == 1);
  CHECK(page[0].lease == first.id);
  CHECK(page[0].worker == kAnn);
  page = running(job.id, first.id, 5);
  REQUIRE(page.size() == 1);
  CHECK(page[0].lease == second.id);
  CHECK(page[0].range == second.range);
  CHECK(page[0].counted == 10);
  CHECK(page[0].outcome == LeaseOutcome::kRunning);
  CHECK(running(job.id, second.id, 5).empty());
  CHECK(running(JobId{99}, LeaseId{}, 5).empty());
}

}  // namespace
}  // namespace pi::scheduler
