// The scheduler's services without sockets and without the wire.
#include <doctest/doctest.h>
#include <kj/async.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/net/loop/kj_loop.h"
#include "scheduler/service/metrics_log.h"
#include "scheduler/service/scheduler_service.h"

namespace pi::scheduler {
namespace {

using namespace std::chrono_literals;
using Submitted = ClientService::Submitted;
using Joined = WorkerService::Joined;
using Lent = WorkerService::Lent;

constexpr JobSpec kSpec{.stream = {.seed = 7}, .samples = 1000, .chunkSize = 100};

// The calls that a worker got.
struct Told {
  bool drain = false;
  bool expectRestart = false;
  std::vector<LeaseId> truncate;
};

class FakeControl final : public WorkerControl {
 public:
  explicit FakeControl(Told& told) : told_(told) {}
  kj::Promise<void> drain() override {
    told_.drain = true;
    return kj::READY_NOW;
  }
  kj::Promise<std::uint64_t> truncate(LeaseId lease, std::uint64_t end) override {
    told_.truncate.push_back(lease);
    return kj::evalLater([end] { return end; });
  }
  kj::Promise<void> expectRestart() override {
    told_.expectRestart = true;
    return kj::READY_NOW;
  }

 private:
  Told& told_;
};

// A scheduler whose disk answers when the test says so.
struct Fixture {
  explicit Fixture(const SchedulerService::Inheritance& inheritance = {})
      : service(loop, Config{.blockSamples = 1}, inheritance) {
    service.saving().saveTo([this](const Changes&) { ++batches; });
  }

  // Lets everything happen that waits for nothing else.
  void settle() { loop.waitScope().poll(); }
  // The disk has taken everything.
  void save() {
    for (settle(); batches > 0; settle()) {
      --batches;
      service.saving().saved();
    }
  }
  Submitted submit(const std::string& requestId = "") {
    auto promise = service.clients().submit(kSpec, requestId);
    while (!promise.poll(loop.waitScope())) {
      service.saving().saved();
      --batches;
    }
    return std::get<Submitted>(promise.wait(loop.waitScope()));
  }
  OrRefusal<Joined> join(const std::string& identity = "") {
    WorkerService::Hello hello{.identity = identity};
    hello.profile.name = "w";
    hello.profile.samplesPerSecond = 1000;
    return service.workers().join(std::move(hello), kj::heap<FakeControl>(told));
  }
  Joined joined(const std::string& identity = "") { return std::get<Joined>(join(identity)); }

  net::KjLoop loop;
  SchedulerService service;
  int batches = 0;  // Not answered yet.
  Told told;
};

template <typename T>
RefusalCode codeOf(const OrRefusal<T>& answer) {
  REQUIRE(std::holds_alternative<Refusal>(answer));
  return std::get<Refusal>(answer).code;
}

// A tally of the whole lease without a hit.
LeaseTally tallyOf(const Lease& lease, std::uint64_t sequence) {
  return {.lease = lease.id,
          .job = lease.job,
          .tally = {.range = lease.range, .hits = {}},
          .busy = 1ms,
          .sequence = sequence};
}

// Computes everything that there is to compute.
void computeAll(Fixture& fixture, SessionId session) {
  std::vector<LeaseTally> done;
  std::uint64_t sequence = 0;
  while (fixture.service.hasUnfinishedJobs()) {
    auto exchange = fixture.service.workers().exchange(session, std::move(done));
    done.clear();
    if (!exchange.poll(fixture.loop.waitScope())) return;
    Lent lent = std::get<Lent>(exchange.wait(fixture.loop.waitScope()));
    for (const Lease& lease : lent.leases) done.push_back(tallyOf(lease, ++sequence));
    if (fixture.batches > 0) fixture.save();
  }
}

TEST_CASE("a submission is answered once the disk has it, with a uid of its own") {
  Fixture fixture;
  auto promise = fixture.service.clients().submit(kSpec, "");
  CHECK_FALSE(promise.poll(fixture.loop.waitScope()));
  CHECK(codeOf(fixture.service.clients().find(JobId{1})) == RefusalCode::kUnknownJob);

  fixture.save();
  REQUIRE(promise.poll(fixture.loop.waitScope()));
  Submitted first = std::get<Submitted>(promise.wait(fixture.loop.waitScope()));
  Submitted second = fixture.submit();
  CHECK(first.job == JobId{1});
  CHECK(second.job == JobId{2});
  CHECK(first.uid != JobUid{});
  CHECK(second.uid != JobUid{});
  CHECK(first.uid != second.uid);
}

TEST_CASE("a repeated request id is answered with the job and the uid of the first submission") {
  Fixture fixture;
  Submitted first = fixture.submit("once");
  Submitted again = fixture.submit("once");
  CHECK(again.job == first.job);
  CHECK(again.uid == first.uid);
}

TEST_CASE("a job that is not there is refused, and job 0 is the one submitted last") {
  Fixture fixture;
  ClientService& clients = fixture.service.clients();
  CHECK(codeOf(clients.find(JobId{})) == RefusalCode::kUnknownJob);
  fixture.submit();
  fixture.submit();
  CHECK(std::get<JobInfo>(clients.find(JobId{})).id == JobId{2});
  CHECK(codeOf(clients.find(JobId{3})) == RefusalCode::kUnknownJob);
  CHECK(codeOf(clients.wait(JobId{3}).wait(fixture.loop.waitScope())) == RefusalCode::kUnknownJob);
  CHECK(codeOf(clients.cancel(JobId{3}, "why").wait(fixture.loop.waitScope())) ==
        RefusalCode::kUnknownJob);
}

TEST_CASE("a number whose job has another uid is refused") {
  Fixture fixture;
  Submitted job = fixture.submit();
  ClientService& clients = fixture.service.clients();
  CHECK(std::get<JobInfo>(clients.find(job.job, job.uid)).id == job.job);
  JobUid other = job.uid;
  other.bytes[0] ^= 1;
  OrRefusal<JobInfo> answer = clients.find(job.job, other);
  CHECK(codeOf(answer) == RefusalCode::kUnknownJob);
  CHECK(std::get<Refusal>(answer).sentence.find("another job now") != std::string::npos);
}

TEST_CASE("a watch has one update in flight, and ends with the job") {
  Fixture fixture;
  JobId job = fixture.submit().job;
  ClientService& clients = fixture.service.clients();
  std::vector<JobState> seen;
  kj::Own<kj::PromiseFulfiller<void>> taken;
  auto watch = clients.watch(job, 0s, [&](const JobInfo& info) {
    seen.push_back(info.state);
    auto [promise, fulfiller] = kj::newPromiseAndFulfiller<void>();
    taken = kj::mv(fulfiller);
    return kj::mv(promise);
  });
  CHECK(seen == std::vector{JobState::kQueued});

  // The first update is not taken for longer than a period.
  fixture.loop.timer().afterDelay(net::toKj(50ms)).wait(fixture.loop.waitScope());
  CHECK(seen.size() == 1);

  auto cancel = clients.cancel(job, "enough");
  fixture.save();
  CHECK(std::get<JobInfo>(cancel.wait(fixture.loop.waitScope())).state == JobState::kCancelled);
  taken->fulfill();
  while (seen.size() < 2) {
    REQUIRE_FALSE(watch.poll(fixture.loop.waitScope()));
    fixture.loop.timer().afterDelay(net::toKj(5ms)).wait(fixture.loop.waitScope());
  }
  CHECK(seen.back() == JobState::kCancelled);
  taken->fulfill();
  watch.wait(fixture.loop.waitScope());
  CHECK(seen.size() == 2);
}

TEST_CASE("a dropped watch sends no update") {
  Fixture fixture;
  JobId job = fixture.submit().job;
  int updates = 0;
  {
    auto watch = fixture.service.clients()
                     .watch(job, 0s,
                            [&](const JobInfo&) {
                              ++updates;
                              return kj::Promise<void>(kj::READY_NOW);
                            })
                     .eagerlyEvaluate(nullptr);
    fixture.settle();
  }
  int before = updates;
  fixture.loop.timer().afterDelay(net::toKj(50ms)).wait(fixture.loop.waitScope());
  CHECK(updates == before);
}

TEST_CASE("a cancelled job whose end cannot be saved is said to be stopped but not saved") {
  Fixture fixture;
  JobId job = fixture.submit().job;
  auto cancel = fixture.service.clients().cancel(job, "why");
  CHECK_FALSE(cancel.poll(fixture.loop.waitScope()));
  fixture.service.saving().notSaved("the disk is full");
  REQUIRE(cancel.poll(fixture.loop.waitScope()));
  OrRefusal<JobInfo> answer = cancel.wait(fixture.loop.waitScope());
  CHECK(codeOf(answer) == RefusalCode::kNotSaved);
  CHECK(std::get<Refusal>(answer).sentence.find("the disk is full") != std::string::npos);
}

TEST_CASE("a worker computes a job, and leaves once the disk has all of its tallies") {
  Fixture fixture;
  JobId job = fixture.submit().job;
  SessionId session = fixture.joined().session;
  auto waiting = fixture.service.clients().wait(job);
  computeAll(fixture, session);
  fixture.save();
  REQUIRE(waiting.poll(fixture.loop.waitScope()));
  CHECK(std::get<JobInfo>(waiting.wait(fixture.loop.waitScope())).state == JobState::kFinished);

  auto leave = fixture.service.workers().leave(session, {});
  fixture.save();
  REQUIRE(leave.poll(fixture.loop.waitScope()));
  CHECK(std::holds_alternative<Done>(leave.wait(fixture.loop.waitScope())));
  CHECK(fixture.service.workers().count() == 0);
  fixture.service.checkInvariants();
}

TEST_CASE("a worker that gives up its lease of a cancelled job holds it no longer") {
  Fixture fixture;
  JobId job = fixture.submit().job;
  SessionId session = fixture.joined().session;
  Lent lent = std::get<Lent>(
      fixture.service.workers().exchange(session, {}).wait(fixture.loop.waitScope()));
  REQUIRE_FALSE(lent.leases.empty());
  auto leases = [&] { return fixture.service.clients().workers().at(0).leases; };
  CHECK(leases() == lent.leases.size());

  auto cancel = fixture.service.clients().cancel(job, "enough");
  fixture.save();
  CHECK(fixture.told.truncate.size() == lent.leases.size());
  CHECK(leases() == 0);
  CHECK(std::holds_alternative<JobInfo>(cancel.wait(fixture.loop.waitScope())));
  fixture.service.checkInvariants();
}

TEST_CASE("a worker that joins again ends its old session, whose calls are refused") {
  Fixture fixture;
  WorkerService& workers = fixture.service.workers();
  Joined first = fixture.joined();
  auto exchange = workers.exchange(first.session, {});
  CHECK_FALSE(exchange.poll(fixture.loop.waitScope()));
  CHECK(codeOf(workers.exchange(first.session, {}).wait(fixture.loop.waitScope())) ==
        RefusalCode::kBadRequest);

  Joined second = fixture.joined(first.identity);
  CHECK(second.session.worker == first.session.worker);
  CHECK(second.identity == first.identity);
  CHECK(codeOf(exchange.wait(fixture.loop.waitScope())) == RefusalCode::kNotAllowed);
  CHECK(codeOf(workers.report(first.session, {})) == RefusalCode::kNotAllowed);
  workers.lose(first.session);  // Says nothing about the new session.
  CHECK(workers.count() == 1);
  CHECK(std::holds_alternative<std::uint64_t>(workers.report(second.session, {})));
}

TEST_CASE("a scheduler that stops tells its workers to wait for it, and saves before its end") {
  Fixture fixture;
  SessionId session = fixture.joined().session;
  auto submission = fixture.service.clients().submit(kSpec, "");
  auto stop = fixture.service.clients().stop(StopWorkers::kNo);
  fixture.settle();
  CHECK(fixture.told.expectRestart);
  CHECK_FALSE(fixture.told.drain);
  CHECK_FALSE(stop.poll(fixture.loop.waitScope()));
  CHECK(codeOf(fixture.service.workers().report(session, {})) == RefusalCode::kStopping);
  CHECK(codeOf(fixture.join()) == RefusalCode::kStopping);
  CHECK(codeOf(fixture.service.clients().submit(kSpec, "").wait(fixture.loop.waitScope())) ==
        RefusalCode::kStopping);

  fixture.save();
  CHECK_FALSE(stop.wait(fixture.loop.waitScope()).has_value());
  CHECK(std::holds_alternative<Submitted>(submission.wait(fixture.loop.waitScope())));
}

TEST_CASE("a scheduler that stops its workers waits until they have left") {
  Fixture fixture;
  fixture.save();
  SessionId session = fixture.joined().session;
  auto stop = fixture.service.clients().stop(StopWorkers::kYes);
  fixture.save();
  CHECK(fixture.told.drain);
  CHECK_FALSE(fixture.told.expectRestart);
  CHECK_FALSE(stop.poll(fixture.loop.waitScope()));

  auto leave = fixture.service.workers().leave(session, {});
  fixture.save();
  CHECK(std::holds_alternative<Done>(leave.wait(fixture.loop.waitScope())));
  CHECK_FALSE(stop.wait(fixture.loop.waitScope()).has_value());
}

TEST_CASE("the summary of the counters names each reason for which tallies were dropped") {
  Metrics metrics{.leasesLent = 12, .truncationsAsked = 3, .workersSilent = 2, .commits = 7};
  CHECK(metricsSummary(metrics) ==
        "in total: 12 leases lent, 0 lent again, 3 truncations, 2 silences, 0 rebalances");
  metrics.talliesDropped[static_cast<std::size_t>(DropReason::kJobOver)] = 4;
  metrics.talliesDropped[static_cast<std::size_t>(DropReason::kNotNext)] = 1;
  CHECK(metricsSummary(metrics).ends_with(
      "; tallies dropped: 4 (its job is over), 1 (it is not the next part of its lease)"));
  std::string details = metricsDetails(metrics);
  for (const char* part : {" leases_lent=12 ", " commits=7 ", " tallies_dropped=4 (its job is"}) {
    CAPTURE(part);
    CHECK(details.find(part) != std::string::npos);
  }
}

TEST_CASE("without a store a change counts as saved") {
  net::KjLoop loop;
  SchedulerService service(loop, Config{.blockSamples = 1});
  auto answer = service.clients().submit(kSpec, "").wait(loop.waitScope());
  CHECK(std::get<Submitted>(answer).job == JobId{1});
}

}  // namespace
}  // namespace pi::scheduler
