#include "scheduler/core/history.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A cluster with one worker.
struct Watched : Cluster {
  explicit Watched(const Config& config = Cluster::config(), const Saved& saved = {})
      : Cluster(config, saved), worker(join()) {}

  // Computes a lease in the time that it takes.
  void compute() {
    Lease lease = lend(worker);
    pass(milliseconds(lease.range.size()), {worker});
    report(worker, tallyOf(lease));
  }
  void finish(JobId id) {
    while (job(id).state != JobState::kFinished) compute();
  }
  History history() const { return core().history(); }
  const Convergence& convergence(JobId id) const { return history().job(id)->convergence; }
  ConvergencePoint lastPoint(JobId id) const {
    return convergence(id).at(convergence(id).size() - 1);
  }

  WorkerId worker;
};

TEST_CASE(
    "a finished job has the points of its growth, up to all its samples, and its throughput") {
  Watched cluster;
  JobId id = cluster.submit(1000);
  cluster.finish(id);

  const JobHistory* job = cluster.history().job(id);
  REQUIRE(job != nullptr);
  CHECK(job->convergence.size() >= 5);
  CHECK(cluster.lastPoint(id).samples == 1000);
  CHECK(cluster.lastPoint(id).hits == cluster.job(id).hits);
  CHECK(cluster.lastPoint(id).elapsed == cluster.job(id).elapsed);
  CHECK(cluster.lastPoint(id).isPrefix);
  CHECK(job->throughput.total() == 1000);
  CHECK(job->throughput.parts().size() >= 3);
  CHECK(cluster.history().job(JobId{99}) == nullptr);
}

TEST_CASE("a job that is not committed has no history yet") {
  Cluster cluster;
  cluster.setStore(Cluster::Store::kSlow);
  JobId id = JobId{1};
  cluster.submit(1000);
  CHECK(cluster.core().history().job(id) == nullptr);
  cluster.handle(event::Committed{});
  CHECK(cluster.core().history().job(id) != nullptr);
}

TEST_CASE("each point is committed with the counts that it belongs to") {
  Cluster cluster;
  WorkerId worker = cluster.join();
  std::map<std::uint32_t, ConvergencePoint> saved;
  auto keep = [&](const Actions& actions) {
    for (const action::Commit& commit : only<action::Commit>(actions)) {
      for (const JobChanges& job : commit.changes.jobs) {
        for (const ConvergencePoint& point : job.points) saved[point.number] = point;
        if (saved.empty()) continue;
        CHECK(saved.rbegin()->second.samples <= cluster.job(job.record.id).samplesCounted);
      }
    }
  };
  keep(cluster.handle(event::JobSubmitted{.spec = {.samples = 1000, .chunkSize = 1}}));
  JobId id = cluster.core().lastJob();
  while (cluster.job(id).state != JobState::kFinished) {
    Actions lent = cluster.exchange(worker);
    keep(lent);
    Lease lease = only<action::Lend>(lent).at(0).leases.at(0);
    keep(cluster.pass(milliseconds(200), {worker}));
    keep(cluster.report(worker, tallyOf(lease)));
  }
  keep(cluster.handle(event::CommitWanted{}));

  std::vector<ConvergencePoint> points = cluster.core().history().job(id)->convergence.points();
  REQUIRE(saved.size() == points.size());
  for (const ConvergencePoint& point : points) CHECK(saved.at(point.number) == point);
}

TEST_CASE("a finished job has its points after a restart, and an extension continues them") {
  SavedJob saved;
  saved.record.id = JobId{1};
  saved.record.spec = {.samples = 1000, .chunkSize = 1};
  saved.record.state = JobState::kFinished;
  saved.record.age = seconds(100);
  saved.record.elapsed = seconds(2);
  saved.record.ageAtEnd = seconds(2);
  SampleRange all{.begin = 0, .end = 1000};
  saved.fragments = {
      {.tally = {.range = all, .hits = {.strata = {1000}}}, .contributor = WorkerId{3}}};
  saved.points = {{.number = 1, .samples = 400, .hits = {.strata = {400}}, .elapsed = seconds(1)},
                  {.number = 2,
                   .samples = 1000,
                   .hits = {.strata = {1000}},
                   .elapsed = seconds(2),
                   .isPrefix = true}};
  Watched cluster(Cluster::config(), {.jobs = {saved}, .lastJob = JobId{1}, .epoch = 1});
  CHECK(cluster.convergence(JobId{1}).points() == saved.points);
  CHECK(cluster.history().job(JobId{1})->restored.samples[0] == 1000);

  cluster.handle(event::JobExtended{.job = JobId{1}, .samples = 3000});
  cluster.finish(JobId{1});

  std::vector<ConvergencePoint> points = cluster.convergence(JobId{1}).points();
  REQUIRE(points.size() > 5);
  CHECK(points[0] == saved.points[0]);
  CHECK(points[1] == saved.points[1]);
  CHECK(points[2].number == 3);
  CHECK(points.back().samples == 3000);
  CHECK(points.back().elapsed == cluster.job(JobId{1}).elapsed);
  // The time between the end and the extension is left out.
  CHECK(points.back().elapsed < seconds(10));
  CHECK(cluster.history().job(JobId{1})->throughput.total() == 2000);
}

TEST_CASE("a job with a target error has a point at each prefix at which it looks at its error") {
  Watched cluster;
  JobSpec spec{.stream = {.sampler = Sampler::kSobol},
               .samples = 4096,
               .chunkSize = 10,
               .targetError = 0.05};
  JobId id = cluster.submit(spec);
  std::vector<std::uint64_t> prefixes;
  while (cluster.job(id).state != JobState::kFinished) {
    std::uint64_t needed = cluster.job(id).spec.samples;
    if (prefixes.empty() || prefixes.back() != needed) prefixes.push_back(needed);
    Lease lease = cluster.lend(cluster.worker);
    LeaseTally tally = tallyOf(lease);
    tally.tally.hits = {};
    for (std::size_t i = 0; i < 16; ++i) {
      // Replicates that differ much, so that one prefix is not enough.
      std::uint64_t samples = stratumSize(lease.range, i, 16);
      tally.tally.hits.strata[i] = samples / 4 * 3 + (i % 2 == 0 ? samples / 8 : 0);
    }
    cluster.report(cluster.worker, tally);
    REQUIRE(prefixes.size() < 30);
  }
  REQUIRE(prefixes.size() >= 2);
  std::vector<ConvergencePoint> points = cluster.convergence(id).points();
  for (std::uint64_t prefix : prefixes) {
    auto point = std::ranges::find(points, prefix, &ConvergencePoint::samples);
    REQUIRE(point != points.end());
    CHECK(point->isPrefix);
  }
}

TEST_CASE("a worker's leases are listed in the order in which they ended, the running ones last") {
  Watched cluster;
  cluster.submit(1000);
  Lease first = cluster.lend(cluster.worker);
  cluster.report(cluster.worker, tallyOf(first));
  Lease second = cluster.lend(cluster.worker);

  std::vector<LeaseRecord> leases = cluster.history().leasesOf(cluster.worker);

  REQUIRE(leases.size() == 2);
  CHECK(leases[0].lease == first.id);
  CHECK(leases[0].outcome == LeaseOutcome::kDone);
  CHECK(leases[1].lease == second.id);
  CHECK(leases[1].outcome == LeaseOutcome::kRunning);
  CHECK(cluster.history().leasesOf(WorkerId{99}).empty());
}

TEST_CASE("the lease that a worker computes is the one that it has had for the longest time") {
  Watched cluster;
  CHECK_FALSE(cluster.history().runningOf(cluster.worker).has_value());
  cluster.submit(1000);
  Lease first = cluster.lend(cluster.worker);
  Lease second = cluster.lend(cluster.worker);
  CHECK(cluster.history().runningOf(cluster.worker)->lease == first.id);
  cluster.report(cluster.worker, tallyOf(first));
  CHECK(cluster.history().runningOf(cluster.worker)->lease == second.id);
}

TEST_CASE(
    "a lost worker is remembered as lost, with its leases, and one that left as one that left") {
  Watched cluster;
  WorkerId other = cluster.join();
  cluster.submit(1000);
  cluster.lend(cluster.worker);
  cluster.handle(event::WorkerLost{cluster.worker});
  cluster.pass(seconds(6), {other});
  cluster.lend(other);
  cluster.handle(event::WorkerLeft{.worker = other, .done = {}});

  const WorkerTrack* lost = cluster.history().workers().find(cluster.worker);
  REQUIRE(lost != nullptr);
  REQUIRE(lost->gone.has_value());
  CHECK(lost->gone->name == "node");
  REQUIRE(lost->periods.size() == 2);
  CHECK(lost->periods[0].state == WorkerState::kActive);
  CHECK(lost->periods[1].state == WorkerState::kAbsent);
  CHECK(cluster.history().leasesOf(cluster.worker).at(0).outcome == LeaseOutcome::kLost);
  const WorkerTrack* left = cluster.history().workers().find(other);
  REQUIRE(left != nullptr);
  CHECK(left->gone.has_value());
  CHECK(left->periods.back().state == WorkerState::kActive);
  CHECK(cluster.history().leasesOf(other).at(0).outcome == LeaseOutcome::kGivenBack);
}

TEST_CASE("a doubted tally that is right is counted after its lease was revoked") {
  Config config = Cluster::config();
  config.surpriseMax = 20;
  Watched cluster(config);
  cluster.submit(1000);
  Lease lease = cluster.lend(cluster.worker);
  cluster.report(cluster.worker, tallyOf(lease));  // All are hits.
  Hits hits{.strata = {lease.range.size()}};
  cluster.handle(event::Recomputed{.job = lease.job, .range = lease.range, .hits = hits});

  std::vector<LeaseRecord> leases = cluster.history().leasesOf(cluster.worker);
  REQUIRE(leases.size() == 2);
  CHECK(leases[0].outcome == LeaseOutcome::kRevoked);
  CHECK(leases[1].outcome == LeaseOutcome::kLate);
  CHECK(leases[1].counted == lease.range.size());
}

TEST_CASE("the series of all jobs together stay within their limit") {
  Config config = Cluster::config();
  config.history.seriesNumbersMax = 100;
  Watched cluster(config);
  auto numbers = [&] {
    std::size_t sum = 0;
    for (const JobInfo& job : cluster.core().jobs(cluster.now())) {
      sum += cluster.history().job(job.id)->numbers();
    }
    return sum;
  };
  for (int i = 0; i < 10; ++i) {
    JobId id = cluster.submit(1000);
    while (cluster.job(id).state != JobState::kFinished) {
      cluster.compute();
      CHECK(numbers() <= 100);
    }
    CHECK(cluster.lastPoint(id).samples == 1000);
  }
  CHECK(numbers() > 20);
}

TEST_CASE("a day of tiny leases takes no more memory than the limits allow") {
  Config config = Cluster::config();
  config.history = {.leaseRecordsPerWorkerMax = 20,
                    .leaseRecordsMax = 100,
                    .statePeriodsMax = 4,
                    .goneWorkersMax = 10,
                    .convergencePointsMax = 16,
                    .throughputPartsMax = 8};
  Watched cluster(config);
  JobId id = cluster.submit(1'000'000'000);
  for (int hour = 0; hour < 24; ++hour) {
    WorkerId visitor = cluster.join();
    for (int i = 0; i < 40; ++i) {
      cluster.report(visitor, tallyOf(cluster.lend(visitor)));
      cluster.compute();
    }
    cluster.handle(event::WorkerLeft{.worker = visitor, .done = {}});
    cluster.pass(std::chrono::hours(1) / 100, {cluster.worker});
  }
  History history = cluster.history();
  CHECK(history.leases().endedCount() == 100);
  CHECK(history.leasesOf(cluster.worker).size() == 20);
  CHECK(history.workers().gone().size() == 10);
  CHECK(history.job(id)->convergence.size() <= 16);
  CHECK(history.job(id)->throughput.parts().size() <= 8);
  CHECK(history.leases().endedAs(LeaseOutcome::kDone) == 24 * 80);
}

}  // namespace
}  // namespace pi::scheduler
