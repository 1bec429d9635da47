#include "scheduler/store/audit.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "scheduler/store/database.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

constexpr JobId kJob{1};
constexpr std::uint64_t kSamples = 20'000;  // In fragments of two samples: more than a slice.

Fragment fragmentAt(std::uint64_t begin) {
  return {.tally = {.range = {begin, begin + 2}, .hits = {.strata = {begin % 3}}},
          .contributor = WorkerId{1 + begin / 2 % 2}};
}

// A finished job that two workers of two hosts have computed in turn.
JobChanges finishedJob() {
  JobChanges job{.record = {.id = kJob,
                            .uid = {.bytes = {1}},
                            .spec = {.stream = {.seed = 2017, .sampler = Sampler::kRandom},
                                     .samples = kSamples,
                                     .chunkSize = 1000},
                            .state = JobState::kFinished,
                            .reason = "",
                            .requestId = "",
                            .ageAtEnd = Duration{}}};
  ConvergencePoint end{.number = 1, .samples = kSamples, .isPrefix = true};
  for (std::uint64_t begin = 0; begin < kSamples; begin += 2) {
    job.put.push_back(fragmentAt(begin));
    end.hits += job.put.back().tally.hits;
  }
  job.points = {end};
  job.contributors = {
      {WorkerId{1}, "ada", "node1", {.threads = 4, .leases = 9, .secondLeases = 1}},
      {WorkerId{2}, "emmy", "node2", {.threads = 2, .leases = 7, .samplesDropped = 50}}};
  return job;
}

// A store with this job.
struct Store {
  StoreFolder folder;
  std::optional<Database> database;

  explicit Store(const JobChanges& job = finishedJob()) {
    database.emplace(folder.file());
    database->load(kNow);
    database->commit({.jobs = {job}, .forgotten = {}, .lastJob = kJob}, kNow);
  }
  JobAudit audit(JobId job = kJob) {
    std::unique_ptr<Audit> audit = database->audit(job);
    while (!audit->step()) {
    }
    return audit->take();
  }
};

// The first fault of a finished job whose rows were changed in this way, with valid checksums.
std::string faultAfter(void (*change)(JobChanges&)) {
  JobChanges job = finishedJob();
  change(job);
  JobAudit audit = Store(job).audit();
  CHECK_FALSE(audit.isProven());
  return audit.faults.empty() ? "" : audit.faults.front();
}

}  // namespace

TEST_CASE("an audit proves that each sample is counted once, and says by whom") {
  JobAudit audit = Store().audit();
  CHECK(audit.faults.empty());
  CHECK(audit.isProven());
  CHECK(audit.counted == kSamples);
  CHECK(audit.ranges == kSamples / 2);
  CHECK(audit.hits == finishedJob().points[0].hits);
  REQUIRE(audit.workers.size() == 2);
  CHECK(audit.workers[0].name == "ada");
  CHECK(audit.workers[0].samples == kSamples / 2);
  CHECK(audit.workers[1].host == "node2");
  CHECK(audit.workers[1].share.samplesDropped == 50);
  CHECK(verdictText(audit) ==
        "job 1 is proven: each of its 20_000 samples is counted exactly once");
  CHECK(resultLines(audit) ==
        "stream_version 2\nsampler random\nseed 2017\nsamples 20000\nhits 9999\n");
}

TEST_CASE("an audit finds samples that are not counted") {
  CHECK(faultAfter([](JobChanges& job) { job.put.erase(job.put.begin() + 5'000); }) ==
        "samples 10000 to 10001 are not counted");
  CHECK(faultAfter([](JobChanges& job) { job.put.erase(job.put.begin()); }) ==
        "samples 0 to 1 are not counted");
  CHECK(faultAfter([](JobChanges& job) { job.put.pop_back(); }) ==
        "19_998 samples are counted, and the job has 20_000");
}

TEST_CASE("an audit finds samples that are counted twice") {
  CHECK(faultAfter([](JobChanges& job) { ++job.put[7].tally.range.end; }) ==
        "samples 16 to 16 are counted twice");
  // Across the border of two slices.
  CHECK(faultAfter([](JobChanges& job) { ++job.put[4095].tally.range.end; }) ==
        "samples 8192 to 8192 are counted twice");
}

TEST_CASE("an audit finds hits that were changed") {
  CHECK(faultAfter([](JobChanges& job) { ++job.put[7].tally.hits.strata[0]; }) ==
        "samples 14 to 15 have more hits than samples");
  CHECK(faultAfter([](JobChanges& job) { ++job.put[0].tally.hits.strata[0]; }) ==
        "its ranges add up to 10000 hits of 20000 samples, and while it was computed they were "
        "9999 of 20000");
}

TEST_CASE("an audit finds a row whose checksum is wrong") {
  Store store;
  store.database.reset();
  {
    sqlite::Connection connection(store.folder.file());
    connection.execute("UPDATE fragment SET worker = 9 WHERE range_begin = 12000");
  }
  store.database.emplace(store.folder.file());
  JobAudit audit = store.audit();
  REQUIRE_FALSE(audit.faults.empty());
  CHECK(audit.faults[0].find("is damaged") != std::string::npos);
}

TEST_CASE("a cancelled job is no fault, and not proven") {
  JobChanges job = finishedJob();
  job.record.state = JobState::kCancelled;
  job.put.erase(job.put.begin() + 10, job.put.end());
  job.points = {{.number = 1, .samples = 20, .hits = {.strata = {9}}}};
  JobAudit audit = Store(job).audit();
  CHECK(audit.faults.empty());
  CHECK_FALSE(audit.isProven());
  CHECK(verdictText(audit) ==
        "job 1 was not finished: 20 of its 20_000 samples are counted, each of them exactly once");
}

TEST_CASE("an audit says that a job changed while it was read") {
  Store store;
  std::unique_ptr<Audit> audit = store.database->audit(kJob);
  CHECK_FALSE(audit->step());
  JobChanges extended = finishedJob();
  extended.record.spec.samples *= 2;
  extended.record.state = JobState::kQueued;
  extended.record.ageAtEnd.reset();
  extended.put.clear();
  store.database->commit({.jobs = {extended}, .forgotten = {}, .lastJob = kJob}, kNow);
  while (!audit->step()) {
  }
  JobAudit result = audit->take();
  REQUIRE_FALSE(result.faults.empty());
  CHECK(result.faults[0] == "it was changed during the audit; audit it again");
}

TEST_CASE("an audit of a job that the store does not have says so") {
  JobAudit audit = Store().audit(JobId{7});
  REQUIRE(audit.faults.size() == 1);
  CHECK(audit.faults[0] == "the store has no job 7");
}

}  // namespace pi::scheduler::testing
