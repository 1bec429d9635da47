// The desk of clients on the real services, called in the same process.
#include <doctest/doctest.h>

#include <numeric>

#include "common/wire/history.h"
#include "common/wire/wire.h"
#include "scheduler/limits.h"
#include "scheduler/rpc/client_desk.h"
#include "tests/unit/service/fixture.h"

namespace pi::scheduler::testing {
namespace {

class Onlooker final : public wire::Watcher::Server {
  kj::Promise<void> update(UpdateContext) override { return kj::READY_NOW; }
};

struct Desk {
  Fixture fixture;
  kj::Own<PeerSession> session = kj::refcounted<PeerSession>();
  wire::ClientDesk::Client desk = makeClientDesk(fixture.service.clients(), kj::addRef(*session));

  wire::Job::Client open(JobId job) {
    auto request = desk.openRequest();
    request.setId(number(job));
    return request.send().wait(fixture.loop.waitScope()).getJob();
  }
  auto watch(wire::Job::Client& job) {
    auto request = job.watchRequest();
    request.setWatcher(kj::heap<Onlooker>());
    return request.send();
  }
};

TEST_CASE("a watch that is dropped, or whose job has ended, frees its place at once") {
  Desk desk;
  kj::WaitScope& scope = desk.fixture.loop.waitScope();
  JobId id = desk.fixture.submit().job;
  wire::Job::Client job = desk.open(id);
  {
    std::vector<wire::Subscription::Client> held;
    for (std::size_t i = 0; i < kWatchesMax; ++i) {
      held.push_back(desk.watch(job).wait(scope).getSubscription());
    }
    CHECK(desk.session->watches == kWatchesMax);
    CHECK_THROWS_AS(desk.watch(job).wait(scope), kj::Exception);
    held.pop_back();
    CHECK(desk.session->watches == kWatchesMax - 1);
  }
  CHECK(desk.session->watches == 0);

  auto held = desk.watch(job).wait(scope).getSubscription();
  auto cancel = desk.fixture.service.clients().cancel(id, "enough");
  desk.fixture.save();
  cancel.wait(scope);
  while (desk.session->watches > 0) {
    desk.fixture.loop.timer().afterDelay(kj::MILLISECONDS).wait(scope);
  }
}

TEST_CASE("a submission to a scheduler that stops is refused with the code that asks for a retry") {
  Desk desk;
  kj::WaitScope& scope = desk.fixture.loop.waitScope();
  auto pending = desk.fixture.service.clients().submit(kSpec, "");
  auto stop = desk.desk.stopRequest().send();
  desk.fixture.settle();
  auto submit = desk.desk.submitRequest();
  toWire(kSpec, submit.initSpec());
  auto answer = submit.send().wait(scope);
  CHECK(answer.getRefusal().getCode() == wire::Refusal::Code::STOPPING);
  CHECK_FALSE(answer.hasJob());

  desk.fixture.save();
  auto stopped = stop.wait(scope);
  CHECK(stopped.getFailure().size() == 0);
  CHECK(stopped.getUnfinishedJobs() == 1);
  CHECK(stopped.getWaitingWorkers() == 0);
}

// Opens a job, whose samples one worker computes, and reads its histories.
struct Past : Desk {
  Joined worker = fixture.joined();
  JobId id = fixture.submit().job;
  wire::Job::Client job = open(id);
  kj::WaitScope& scope = fixture.loop.waitScope();

  std::vector<ConvergencePoint> points(std::uint32_t after = 0) {
    auto request = job.convergenceRequest();
    request.setAfter(after);
    return valuesOf<ConvergencePoint>(request.send().wait(scope).getPoints());
  }
  std::vector<WorkerTrackInfo> tracks(WorkerId after = {}) {
    auto request = desk.tracksRequest();
    request.setAfter(number(after));
    auto page = request.send().wait(scope);
    CHECK(page.getIsLast());
    return valuesOf<WorkerTrackInfo>(page.getTracks());
  }
  template <typename Value, typename List>
  static std::vector<Value> valuesOf(List list) {
    std::vector<Value> values;
    for (auto each : list) values.push_back(fromWire(each));
    return values;
  }
};

TEST_CASE("a client reads how a job converged, and how fast it was") {
  Past past;
  computeAll(past.fixture, past.worker.session);
  past.fixture.save();

  std::vector<ConvergencePoint> points = past.points();
  REQUIRE(points.size() >= 2);
  CHECK(points.back().samples == kSpec.samples);
  CHECK(points.back().hits == past.fixture.job(past.id).hits);
  std::vector<ConvergencePoint> last = past.points(points[points.size() - 2].number);
  CHECK(last == std::vector{points.back()});
  CHECK(past.points(points.back().number).empty());

  ThroughputParts parts =
      fromWire(past.job.throughputRequest().send().wait(past.scope).getThroughput());
  CHECK(std::accumulate(parts.parts.begin(), parts.parts.end(), 0u) == kSpec.samples);
}

TEST_CASE("a client reads the running leases of a job, and then those that have ended") {
  Past past;
  Lease lease = past.fixture.lentTo(past.worker.session).front();
  auto running = past.job.runningLeasesRequest().send().wait(past.scope);
  CHECK(running.getIsLast());
  REQUIRE(running.getLeases().size() >= 1);
  LeaseRecord first = fromWire(running.getLeases()[0]);
  CHECK(first.lease == lease.id);
  CHECK(first.range == lease.range);
  auto next = past.job.runningLeasesRequest();
  next.setAfter(number(lease.id));
  CHECK(next.send().wait(past.scope).getLeases().size() == running.getLeases().size() - 1);

  past.fixture.service.workers()
      .exchange(past.worker.session, {tallyOf(lease, 1)})
      .wait(past.scope);
  auto ended = past.job.endedLeasesRequest().send().wait(past.scope);
  CHECK(ended.getIsLast());
  CHECK(ended.getRestored() == 0);
  CHECK(ended.getForgotten() == 0);
  REQUIRE(ended.getLeases().size() == 1);
  LeaseRecord done = fromWire(ended.getLeases()[0]);
  CHECK(done.lease == lease.id);
  CHECK(done.outcome == LeaseOutcome::kDone);
  CHECK(done.counted == lease.range.size());
  CHECK(done.begunAt == first.begunAt);
}

TEST_CASE("more leases than a page are read page by page, without a gap") {
  Config config{.block = {.random = 1}};
  config.history.leaseRecordsPerWorkerMax = 2 * kLeasesPerPageMax;
  Fixture fixture(config);
  kj::WaitScope& scope = fixture.loop.waitScope();
  auto desk = makeClientDesk(fixture.service.clients(), kj::refcounted<PeerSession>());
  auto asked = fixture.service.clients().submit({.samples = 1 << 30, .chunkSize = 1}, "");
  fixture.save();
  asked.wait(scope);
  SessionId session = fixture.joined().session;
  std::vector<LeaseTally> done;
  std::uint64_t sequence = 0;
  while (fixture.service.clients().history().leases().endedCount() <= kLeasesPerPageMax) {
    auto lent = fixture.service.workers().exchange(session, std::move(done)).wait(scope);
    done.clear();
    for (const Lease& lease : std::get<Lent>(lent).leases) {
      done.push_back(tallyOf(lease, ++sequence));
      done.back().busy = std::chrono::milliseconds(lease.range.size());  // Its speed stays low.
    }
    fixture.save();
  }

  wire::Job::Client job = desk.openRequest().send().wait(scope).getJob();
  auto first = job.endedLeasesRequest().send().wait(scope);
  CHECK_FALSE(first.getIsLast());
  REQUIRE(first.getLeases().size() == kLeasesPerPageMax);
  auto request = job.endedLeasesRequest();
  request.setAfter(first.getLeases()[kLeasesPerPageMax - 1].getNumber());
  auto second = request.send().wait(scope);
  CHECK(second.getIsLast());
  REQUIRE(second.getLeases().size() > 0);
  CHECK(second.getLeases()[0].getNumber() == kLeasesPerPageMax + 1);
}

TEST_CASE("the histories of a job that was forgotten cannot be read") {
  Config config{.block = {.random = 1}};
  config.endedJobsKept = 0;
  config.endedJobsKeptFor = {};
  Fixture fixture(config);
  kj::WaitScope& scope = fixture.loop.waitScope();
  auto desk = makeClientDesk(fixture.service.clients(), kj::refcounted<PeerSession>());
  fixture.submit();
  wire::Job::Client job = desk.openRequest().send().wait(scope).getJob();
  auto cancelled = fixture.service.clients().cancel(JobId{1}, "enough");
  fixture.save();
  cancelled.wait(scope);
  fixture.submit();
  fixture.save();
  CHECK_THROWS_AS(job.convergenceRequest().send().wait(scope), kj::Exception);
  CHECK_THROWS_AS(job.throughputRequest().send().wait(scope), kj::Exception);
  CHECK_THROWS_AS(job.endedLeasesRequest().send().wait(scope), kj::Exception);
  CHECK_THROWS_AS(job.runningLeasesRequest().send().wait(scope), kj::Exception);
}

TEST_CASE("a client reads the states of the workers over time, with those that left") {
  Past past;
  past.fixture.service.workers().leave(past.worker.session, {}).detach([](auto&&) {});
  past.fixture.save();
  Joined second = past.fixture.joined();
  std::vector<WorkerTrackInfo> tracks = past.tracks();
  REQUIRE(tracks.size() == 2);
  CHECK(tracks[0].isGone);
  CHECK(tracks[0].profile.name == "w");
  CHECK(tracks[0].periods.back().end.has_value());
  CHECK_FALSE(tracks[1].isGone);
  CHECK(tracks[1].profile.name == "w");
  CHECK(tracks[1].periods.back().state == WorkerState::kActive);
  CHECK(past.tracks(tracks[0].worker).size() == 1);
  CHECK(past.tracks(tracks[1].worker).empty());
}

TEST_CASE("a client reads each line of the log once") {
  Past past;
  auto read = [&past](std::uint64_t after, std::uint32_t max) {
    auto request = past.desk.logRequest();
    request.setAfter(after);
    request.setMax(max);
    return Past::valuesOf<LogLine>(request.send().wait(past.scope).getLines());
  };
  std::vector<LogLine> lines = read(0, 0);
  REQUIRE(lines.size() >= 2);
  CHECK(lines.back().text.starts_with("job 1"));
  CHECK(lines.back().about.job == JobId{1});
  CHECK(read(lines.back().number, 0).empty());
  CHECK(read(0, 1) == std::vector{lines.back()});
}

TEST_CASE("a scheduler's clock and calendar say when the times of its histories were") {
  Past past;
  SchedulerInfo info = fromWire(past.desk.infoRequest().send().wait(past.scope).getInfo());
  Instant begun = past.tracks()[0].periods[0].begin;
  CHECK(begun <= info.now);
  CHECK(begun >= info.now - info.uptime);
  CHECK(info.wallNow > WallTime(std::chrono::hours(24 * 365 * 50)));
}

}  // namespace
}  // namespace pi::scheduler::testing
