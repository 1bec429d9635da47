#include "scheduler/allocation/observer.h"

#include <doctest/doctest.h>

#include <vector>

namespace pi::allocation {
namespace {

using namespace std::chrono_literals;

const Instant kNow{};

JobInfo jobOf(std::uint64_t samples) {
  JobInfo job;
  job.id = JobId{1};
  job.spec = {.samples = samples, .chunkSize = samples};
  return job;
}

WorkerInfo workerOf(std::uint64_t id, std::uint64_t speed, const std::string& allocation = "") {
  WorkerInfo worker;
  worker.id = WorkerId{id};
  worker.profile.allocation = allocation;
  worker.samplesPerSecond = speed;
  worker.leases = 1;
  return worker;
}

TEST_CASE("work is the time of the usual worker, and one that claims too much changes nothing") {
  Observer observer({}, "pi-t-");
  std::vector<WorkerInfo> workers{workerOf(1, 1000), workerOf(2, 1000),
                                  workerOf(3, 1'000'000'000'000)};
  event::Observed seen = observer.observe({jobOf(3'600'000)}, workers, kNow);
  CHECK(seen.demand.work == 1h);
  CHECK(seen.demand.timeLeft == 20min);
  CHECK(seen.demand.otherWorkers == 3);
  CHECK(seen.workers.empty());

  SUBCASE("the usual speed is remembered when all workers are gone") {
    seen = observer.observe({jobOf(3'600'000)}, {}, kNow + 1s);
    CHECK(seen.demand.work == 1h);
    CHECK_FALSE(seen.demand.timeLeft.has_value());
  }
}

JobInfo limitedJobOf(std::uint64_t samples, std::uint32_t threadsMax) {
  JobInfo job = jobOf(samples);
  job.spec.threadsMax = threadsMax;
  return job;
}

TEST_CASE("a limited job is the work of as many workers as have its threads") {
  Observer observer({}, "pi-t-");
  std::vector<WorkerInfo> workers{workerOf(1, 1000), workerOf(2, 1000)};
  for (WorkerInfo& worker : workers) worker.profile.cpuThreads = 8;
  workers.push_back(workerOf(3, 1000));  // It has GPUs alone.
  std::vector<JobInfo> jobs{limitedJobOf(3'600'000, 20)};

  Demand seen = observer.observe(jobs, workers, kNow).demand;
  CHECK(seen.work == 0s);
  REQUIRE(seen.limited.size() == 1);
  CHECK(seen.limited[0].work == 1h);
  CHECK(seen.limited[0].workersMax == 3);
  CHECK(seen.timeLeft == 20min);

  SUBCASE("with fewer threads than a worker has, the rest of the worker waits") {
    jobs = {limitedJobOf(3'600'000, 2), jobOf(3'600'000)};
    seen = observer.observe(jobs, workers, kNow).demand;
    CHECK(seen.work == 1h);
    REQUIRE(seen.limited.size() == 1);
    CHECK(seen.limited[0].work == 4h);
    CHECK(seen.limited[0].workersMax == 1);
    CHECK(seen.timeLeft == 4h);
  }
  SUBCASE("the usual threads are remembered when all workers are gone") {
    CHECK(observer.observe(jobs, {}, kNow).demand.limited.at(0).workersMax == 3);
  }
}

TEST_CASE("a limited job is the work of one worker until a worker has shown its threads") {
  Observer observer({}, "pi-t-");
  Demand seen = observer.observe({limitedJobOf(1'000'000'000, 64)}, {}, kNow).demand;
  REQUIRE(seen.limited.size() == 1);
  CHECK(seen.limited[0].work == 1s);
  CHECK(seen.limited[0].workersMax == 1);
}

TEST_CASE("counted samples and jobs that are over are no work") {
  Observer observer({}, "pi-t-");
  JobInfo half = jobOf(2'000'000'000);
  half.samplesCounted = 1'000'000'000;
  JobInfo over = jobOf(1'000'000'000'000);
  over.state = JobState::kFinished;
  CHECK(observer.observe({half, over}, {}, kNow).demand.work == 1s);
}

TEST_CASE("a worker of ours is idle from when it neither holds nor reports anything") {
  Observer observer({}, "pi-t-");
  std::vector<WorkerInfo> workers{workerOf(1, 1000, "pi-t-1-1")};
  event::Observed seen = observer.observe({}, workers, kNow);
  REQUIRE(seen.workers.size() == 1);
  CHECK(seen.workers[0].allocation == "pi-t-1-1");
  CHECK_FALSE(seen.workers[0].idleSince.has_value());
  CHECK(seen.demand.otherWorkers == 0);

  workers[0].leases = 0;
  CHECK(observer.observe({}, workers, kNow + 1s).workers[0].idleSince == kNow + 1s);
  CHECK(observer.observe({}, workers, kNow + 2s).workers[0].idleSince == kNow + 1s);
  workers[0].samplesContributed = 5;  // It had a short lease meanwhile.
  CHECK_FALSE(observer.observe({}, workers, kNow + 3s).workers[0].idleSince.has_value());
  CHECK(observer.observe({}, workers, kNow + 4s).workers[0].idleSince == kNow + 4s);
}

TEST_CASE("workers that are not connected are not seen, except those in quarantine") {
  Observer observer({}, "pi-t-");
  std::vector<WorkerInfo> workers{workerOf(1, 1, "pi-t-1-1"), workerOf(2, 1, "pi-t-1-2"),
                                  workerOf(3, 1, "pi-t-1-3")};
  workers[0].state = WorkerState::kAbsent;
  workers[1].state = WorkerState::kLost;
  workers[2].state = WorkerState::kQuarantined;
  event::Observed seen = observer.observe({}, workers, kNow);
  REQUIRE(seen.workers.size() == 1);
  CHECK(seen.workers[0].isQuarantined);
}

TEST_CASE("a worker of another scheduler's allocation is one of the others") {
  Observer observer({}, "pi-t-");
  event::Observed seen = observer.observe({}, {workerOf(1, 1, "pi-other-1-1")}, kNow);
  CHECK(seen.workers.empty());
  CHECK(seen.demand.otherWorkers == 1);
}

TEST_CASE("more work than a century is a century") {
  Observer observer({}, "pi-t-");
  std::vector<JobInfo> jobs(100, jobOf(kSamplesEnd - 1));
  CHECK(observer.observe(jobs, {workerOf(1, 1)}, kNow).demand.work > 99 * 365 * 24h);
}

}  // namespace
}  // namespace pi::allocation
