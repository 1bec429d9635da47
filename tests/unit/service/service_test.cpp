// The scheduler's services without sockets and without the wire.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "common/net/loop/clock.h"
#include "scheduler/core/hit_bounds.h"
#include "scheduler/service/metrics_log.h"
#include "tests/unit/service/captured_log.h"
#include "tests/unit/service/fixture.h"
#include "worker/kernels/kernel.h"

namespace pi::scheduler::testing {
namespace {

using namespace std::chrono_literals;

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

TEST_CASE("all jobs can be read page by page, the newest first") {
  Fixture fixture;
  for (int i = 0; i < 5; ++i) fixture.submit();
  ClientService& clients = fixture.service.clients();
  std::vector<JobId> seen;
  ClientService::Page page;
  std::vector<std::size_t> sizes;
  while (!page.isLast) {
    page = clients.jobs(seen.empty() ? JobId{} : seen.back(), 2);
    for (const JobInfo& job : page.jobs) seen.push_back(job.id);
    sizes.push_back(page.jobs.size());
  }
  CHECK(seen == std::vector{JobId{5}, JobId{4}, JobId{3}, JobId{2}, JobId{1}});
  CHECK(sizes == std::vector<std::size_t>{2, 2, 1});
  CHECK(clients.jobs({}, 5).isLast);
  CHECK(clients.jobs({}, 0).jobs.size() == 5);
}

TEST_CASE("a submission keeps the time of the calendar, and who made it") {
  Fixture fixture;
  WallTime before = net::wallNow();
  JobSpec spec = kSpec;
  spec.submitter = "ann@login1";
  auto answer = fixture.service.clients().submit(spec, "");
  fixture.save();
  JobInfo job = std::get<JobInfo>(fixture.service.clients().find(JobId{}));
  CHECK(job.submittedOn >= before);
  CHECK(job.submittedOn <= net::wallNow());
  CHECK(job.spec.submitter == "ann@login1");
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

TEST_CASE("a call that waits for a job may end after its scheduler") {
  net::KjLoop loop;
  kj::Promise<OrRefusal<JobInfo>> waiting = nullptr;
  {
    SchedulerService service(loop, Config{});
    auto submitted = service.clients().submit(kSpec, "");
    Submitted job = std::get<Submitted>(submitted.wait(loop.waitScope()));
    waiting = service.clients().wait(job.job);
    CHECK_FALSE(waiting.poll(loop.waitScope()));
  }
  waiting = nullptr;  // With the address sanitizer: it touches nothing that is gone.
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

  Joined second = fixture.joinedAgain(first);
  CHECK(second.session.worker == first.session.worker);
  CHECK(second.identity == first.identity);
  CHECK(codeOf(exchange.wait(fixture.loop.waitScope())) == RefusalCode::kNotAllowed);
  CHECK(codeOf(workers.report(first.session, {})) == RefusalCode::kNotAllowed);
  workers.lose(first.session);  // Says nothing about the new session.
  CHECK(workers.count() == 1);
  CHECK(std::holds_alternative<WorkerService::Receipt>(workers.report(second.session, {})));
}

// The hits that a worker reports of a lease.
using Count = Hits (*)(const Lease&);
Hits countCorrectly(const Lease& lease) {
  return kernels::best().hitsIn(lease.stream, lease.range);
}
Hits countNothing(const Lease&) { return {}; }

// The worker reports leases like that until there are none left, or it is refused.
void computeBy(Fixture& fixture, SessionId session, Count count) {
  std::vector<LeaseTally> done;
  for (std::uint64_t sequence = 0; fixture.service.hasUnfinishedJobs();) {
    auto exchange = fixture.service.workers().exchange(session, std::exchange(done, {}));
    if (!exchange.poll(fixture.loop.waitScope())) return;
    OrRefusal<Lent> answer = exchange.wait(fixture.loop.waitScope());
    if (std::holds_alternative<Refusal>(answer)) return;
    for (const Lease& lease : std::get<Lent>(answer).leases) {
      done.push_back({.lease = lease.id,
                      .job = lease.job,
                      .tally = {.range = lease.range, .hits = count(lease)},
                      .busy = 10ms,
                      .sequence = ++sequence});
    }
    while (fixture.batches > 0) fixture.save();
    fixture.loop.timer().afterDelay(net::toKj(1ms)).wait(fixture.loop.waitScope());
  }
}

// A seed for which the sample is a hit.
std::uint64_t seedWithHitAt(std::uint64_t sample) {
  SampleRange range{.begin = sample, .end = sample + 1};
  std::uint64_t seed = 7;
  while (kernels::best().hitsIn({.seed = seed}, range).total() == 0) ++seed;
  return seed;
}

// That all of so many samples are hits can just be believed; of one more it cannot.
constexpr std::uint64_t kHitsBelieved = 206;

// A job with large tallies, and fast workers.
struct JudgedJob : Fixture {
  JudgedJob() : submission(service.clients().submit(spec, "")) { save(); }
  SessionId join() {
    WorkerService::Hello hello;
    hello.profile.name = "w";
    hello.profile.samplesPerSecond = 1'000'000'000;
    return std::get<Joined>(service.workers().join(hello, kj::heap<FakeControl>(told))).session;
  }

  const JobSpec spec{.stream = {.seed = seedWithHitAt(kHitsBelieved)},
                     .samples = 5'000'000,
                     .chunkSize = 5'000'000};
  kj::Promise<OrRefusal<Submitted>> submission;
};

TEST_CASE("a true tally is believed after the scheduler has computed it, whatever came before") {
  JudgedJob fixture;
  computeBy(fixture, fixture.join(), countNothing);  // Another one was computed before.
  SessionId session = fixture.join();
  Lent lent = std::get<Lent>(
      fixture.service.workers().exchange(session, {}).wait(fixture.loop.waitScope()));
  const Lease& lease = lent.leases.at(0);
  REQUIRE(lease.range.begin == 0);
  SampleRange first{.begin = 0, .end = kHitsBelieved};
  SampleRange next{.begin = first.end, .end = first.end + 1};
  LeaseTally lie{.lease = lease.id,
                 .job = lease.job,
                 .tally = {.range = first, .hits = {.strata = {first.size()}}}};
  LeaseTally truth = lie;
  truth.tally = {.range = next, .hits = kernels::best().hitsIn(lease.stream, next)};
  fixture.service.workers().report(session, {lie, truth});

  CHECK(fixture.service.metrics().talliesCounted == 1);
  while (fixture.service.metrics().talliesConfirmed == 0) {
    REQUIRE(fixture.service.metrics().violations == 1);
    fixture.loop.timer().afterDelay(net::toKj(1ms)).wait(fixture.loop.waitScope());
  }
  JobInfo job = std::get<JobInfo>(fixture.service.clients().find(JobId{1}));
  CHECK(job.samplesCounted == next.end);
}

TEST_CASE("a worker that reports no hits is quarantined, and the result is right without it") {
  JudgedJob fixture;

  computeBy(fixture, fixture.join(), countNothing);
  CHECK(fixture.service.metrics().talliesDoubted > 0);
  CHECK(fixture.service.clients().workers().at(0).state == WorkerState::kQuarantined);
  CHECK(std::get<JobInfo>(fixture.service.clients().find(JobId{1})).samplesCounted == 0);

  computeBy(fixture, fixture.join(), countCorrectly);
  fixture.save();
  JobInfo job = std::get<JobInfo>(fixture.service.clients().find(JobId{1}));
  CHECK(job.state == JobState::kFinished);
  CHECK(job.hits ==
        kernels::best().hitsIn(fixture.spec.stream, {.begin = 0, .end = fixture.spec.samples}));
  CHECK(fixture.service.metrics().violations == 1);
}

TEST_CASE("the hits that the Sobol' kernel finds are within the bound") {
  for (std::uint64_t i = 0; i < 200; ++i) {
    CAPTURE(i);
    SampleRange range{.begin = i * 7919 * i, .end = i * 7919 * i + (std::uint64_t{1} << (i % 20))};
    Hits hits = kernels::best().hitsIn({.seed = i, .sampler = Sampler::kSobol}, range);
    CHECK(canSobolHave({.range = range, .hits = hits}));
  }
}

TEST_CASE("a copy of a connected worker is refused for now, and the first one keeps its place") {
  Fixture fixture;
  WorkerService& workers = fixture.service.workers();
  Joined before = fixture.joined();
  Joined now = fixture.joinedAgain(before);
  CHECK(std::holds_alternative<WorkerService::Receipt>(workers.report(now.session, {})));

  OrRefusal<Joined> copy = fixture.join(before.identity, before.session.serial);

  CHECK(codeOf(copy) == RefusalCode::kLimitReached);
  CHECK(std::get<Refusal>(copy).sentence.find("another process") != std::string::npos);
  CHECK(std::holds_alternative<WorkerService::Receipt>(workers.report(now.session, {})));
  workers.lose(now.session);
  CHECK(fixture.joinedAgain(before).session.worker == now.session.worker);
}

TEST_CASE("a worker that did not get the answer to its last join may join again") {
  Fixture fixture;
  Joined first = fixture.joined();
  CHECK(std::holds_alternative<WorkerService::Receipt>(
      fixture.service.workers().report(first.session, {})));
  fixture.joinedAgain(first);  // The answer is lost with the connection.
  Joined third = fixture.joinedAgain(first);
  CHECK(third.session.worker == first.session.worker);
}

TEST_CASE("after a restored copy a worker is a new one, and no two workers have one number") {
  const std::string secret(32, 's');
  std::map<std::uint64_t, Incarnation> known{{3, {1}}};
  auto start = [&](std::uint8_t incarnation) {
    SchedulerService::Inheritance inheritance{
        .saved = {.jobs = {}, .epoch = 4, .incarnations = known}, .secret = secret};
    inheritance.saved.incarnations[4] = {incarnation};
    return inheritance;
  };
  Joined ann = Fixture({.block = {.random = 1}}, start(2)).joined();

  Fixture restored({.block = {.random = 1}}, start(3));
  Joined bob = restored.joined();
  CHECK(bob.session.worker == ann.session.worker);  // The number is given out a second time.
  CHECK(std::holds_alternative<WorkerService::Receipt>(
      restored.service.workers().report(bob.session, {})));
  Joined annAgain = std::get<Joined>(restored.join(ann.identity, ann.session.serial));

  CHECK(annAgain.session.worker != bob.session.worker);
  CHECK(annAgain.identity != ann.identity);
  CHECK(std::holds_alternative<WorkerService::Receipt>(
      restored.service.workers().report(bob.session, {})));
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
  CHECK_FALSE(stop.wait(fixture.loop.waitScope()).unsaved.has_value());
  CHECK(std::holds_alternative<Submitted>(submission.wait(fixture.loop.waitScope())));
}

TEST_CASE("a worker that ends too soon is let in and told to drain") {
  Fixture fixture;
  fixture.join(WorkerService::Hello{.timeLeft = std::chrono::milliseconds(1)});
  fixture.settle();
  CHECK(fixture.told.drain);
  REQUIRE(fixture.service.workers().list().size() == 1);
  CHECK(fixture.service.workers().list()[0].state == WorkerState::kDraining);
  CHECK(fixture.service.workers().list()[0].timeLeft <= std::chrono::milliseconds(1));
}

TEST_CASE("a scheduler that stops its workers waits until they have left") {
  CapturedLog log;
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
  CHECK_FALSE(stop.wait(fixture.loop.waitScope()).unsaved.has_value());
  CHECK(log.count("stopping 1 worker") == 1);
  CHECK(log.count("ends too soon") == 0);
}

TEST_CASE("the summary of the counters names each reason for which tallies were dropped") {
  Metrics metrics{.leasesLent = 12, .truncationsAsked = 3, .workersSilent = 2, .commits = 7};
  CHECK(metricsSummary(metrics) ==
        "since the start: leases lent: 12; lent a second time, since their worker was silent, lost "
        "or slow: 0; requests to workers to give up work: 3, to share it with a waiting worker: 0; "
        "times that a worker made no progress: 2");
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
  SchedulerService service(loop, Config{.block = {.random = 1}});
  auto answer = service.clients().submit(kSpec, "").wait(loop.waitScope());
  CHECK(std::get<Submitted>(answer).job == JobId{1});
}

}  // namespace
}  // namespace pi::scheduler::testing
