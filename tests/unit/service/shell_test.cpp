// The scheduler's services around stops, reconnects and a disk that fails.
#include <doctest/doctest.h>

#include "common/net/loop/clock.h"
#include "scheduler/limits.h"
#include "tests/unit/service/captured_log.h"
#include "tests/unit/service/fixture.h"

namespace pi::scheduler::testing {
namespace {

using namespace std::chrono_literals;

void pauseFor(Fixture& fixture, Duration time) {
  fixture.loop.timer().afterDelay(net::toKj(time)).wait(fixture.loop.waitScope());
}

TEST_CASE("tallies that come after a stop has begun are refused by each call, and not counted") {
  Fixture fixture;
  JobId job = fixture.submit().job;
  SessionId session = fixture.joined().session;
  std::vector<Lease> leases = fixture.lentTo(session);
  REQUIRE_FALSE(leases.empty());
  std::vector<LeaseTally> done = {tallyOf(leases[0], 1)};
  auto pending = fixture.service.clients().submit(kSpec, "");  // Keeps the stop from ending.
  auto stop = fixture.service.clients().stop(StopWorkers::kNo);
  WorkerService& workers = fixture.service.workers();

  CHECK(codeOf(workers.report(session, done)) == RefusalCode::kStopping);
  auto exchange = workers.exchange(session, done);
  REQUIRE(exchange.poll(fixture.loop.waitScope()));
  CHECK(codeOf(exchange.wait(fixture.loop.waitScope())) == RefusalCode::kStopping);
  auto leave = workers.leave(session, done);
  REQUIRE(leave.poll(fixture.loop.waitScope()));
  CHECK(codeOf(leave.wait(fixture.loop.waitScope())) == RefusalCode::kStopping);
  CHECK(fixture.job(job).samplesCounted == 0);

  fixture.save();
  ClientService::Stopped stopped = stop.wait(fixture.loop.waitScope());
  CHECK(stopped.left.unfinishedJobs == 2);
  CHECK(stopped.left.waitingWorkers == 1);
}

TEST_CASE(
    "workers that are to end, too, may report their last tallies, and none waits afterwards") {
  Fixture fixture;
  JobId job = fixture.submit().job;
  SessionId session = fixture.joined().session;
  std::vector<Lease> leases = fixture.lentTo(session);
  auto stop = fixture.service.clients().stop(StopWorkers::kYes);
  WorkerService& workers = fixture.service.workers();
  CHECK(std::holds_alternative<WorkerService::Receipt>(
      workers.report(session, {tallyOf(leases[0], 1)})));
  CHECK(fixture.job(job).samplesCounted == leases[0].range.size());
  auto leave = workers.leave(session, {});
  fixture.save();
  ClientService::Stopped stopped = stop.wait(fixture.loop.waitScope());
  CHECK_FALSE(stopped.unsaved);
  CHECK(stopped.left.unfinishedJobs == 1);
  CHECK(stopped.left.waitingWorkers == 0);
}

TEST_CASE("a second stop may ask for the workers' end, and changes nothing else") {
  Fixture fixture;
  fixture.submit();
  SessionId session = fixture.joined().session;
  auto pending = fixture.service.clients().submit(kSpec, "");
  auto first = fixture.service.clients().stop(StopWorkers::kNo);
  auto second = fixture.service.clients().stop(StopWorkers::kYes);
  CHECK(fixture.told.drain);
  auto leave = fixture.service.workers().leave(session, {});
  fixture.save();
  CHECK(first.wait(fixture.loop.waitScope()).left.unfinishedJobs == 2);
  CHECK(second.wait(fixture.loop.waitScope()).left.unfinishedJobs == 2);
}

TEST_CASE("the idle time counts from the end of the last job") {
  Fixture fixture;
  fixture.submit();
  SessionId session = fixture.joined().session;
  CHECK(fixture.service.idleTime() == 0s);
  std::uint64_t sequence = 0;
  std::vector<LeaseTally> done;
  do {
    auto exchange = fixture.service.workers().exchange(session, std::move(done));
    REQUIRE(exchange.poll(fixture.loop.waitScope()));
    done.clear();
    Lent lent = std::get<Lent>(exchange.wait(fixture.loop.waitScope()));
    for (const Lease& lease : lent.leases) {
      done.push_back(tallyOf(lease, ++sequence));
    }
  } while (!done.empty());
  // All is counted, and the end of the job waits for the disk.
  CHECK(fixture.service.idleTime() == 0s);
  Instant before{};
  while (fixture.service.hasUnfinishedJobs()) {
    pauseFor(fixture, 1ms);
    before = net::now();
    fixture.save();
  }

  CHECK(fixture.service.idleTime() <= net::now() - before);
  pauseFor(fixture, 5ms);
  CHECK(fixture.service.idleTime() >= 5ms);
}

TEST_CASE("a watch with a period of zero has at least 20 ms between two updates") {
  Fixture fixture;
  JobId job = fixture.submit().job;
  constexpr int kUpdates = 4;
  int updates = 0;
  Instant first{}, last{};
  auto watch = fixture.service.clients()
                   .watch(job, 0s,
                          [&](const JobInfo&) {
                            last = net::now();
                            if (++updates == 1) first = last;
                            return kj::Promise<void>(kj::READY_NOW);
                          })
                   .eagerlyEvaluate(nullptr);
  while (updates < kUpdates) pauseFor(fixture, 1ms);
  static_assert(kWatchPeriodMin == 20ms);
  CHECK(last - first >= (updates - 1) * kWatchPeriodMin);
}

TEST_CASE(
    "a worker that shows another worker's ticket neither holds that lease nor reports on it") {
  Fixture fixture;
  JobId job = fixture.submit().job;
  Joined ann = fixture.joined();
  Lease lease = fixture.lentTo(ann.session).at(0);
  fixture.service.workers().lose(ann.session);
  Joined bob = fixture.joined();
  fixture.service.workers().lose(bob.session);
  CapturedLog log;

  WorkerService::Hello hello{.identity = bob.identity,
                             .lent = {lease},
                             .held = {{.lease = lease.id, .range = lease.range}}};
  Joined thief = std::get<Joined>(fixture.join(hello));
  CHECK(thief.forget == std::vector{lease.id});
  fixture.service.workers().lose(thief.session);
  hello.held.clear();
  hello.done = {tallyOf(lease, 1)};
  static_cast<void>(fixture.join(hello));
  CHECK(fixture.job(job).samplesCounted == 0);
  CHECK(log.count("ignored 1 ticket not made by") == 2);

  hello.identity = ann.identity;
  static_cast<void>(fixture.join(hello));
  CHECK(fixture.job(job).samplesCounted == lease.range.size());
  fixture.service.checkInvariants();
}

TEST_CASE("an identity that no scheduler of this state directory gave out is a new worker's") {
  Fixture fixture;
  JobId job = fixture.submit().job;
  Joined ann = fixture.joined();
  Lease lease = fixture.lentTo(ann.session).at(0);
  std::string forged = ann.identity;
  forged.back() = static_cast<char>(forged.back() ^ 1);
  Joined stranger = std::get<Joined>(fixture.join(
      WorkerService::Hello{.identity = forged, .lent = {lease}, .done = {tallyOf(lease, 1)}}));
  CHECK(stranger.session.worker != ann.session.worker);
  CHECK(fixture.job(job).samplesCounted == 0);
  CHECK(fixture.service.workers().isCurrent(ann.session));
}

TEST_CASE("an answer by the control of an old connection changes nothing after a rejoin") {
  Fixture fixture;
  fixture.told.isSlow = true;
  fixture.submit();
  Joined first = fixture.joined();
  std::vector<Lease> leases = fixture.lentTo(first.session);
  fixture.submit();  // A new job interrupts the only worker: it is to give up all that it holds.
  REQUIRE(fixture.told.truncated.size() == leases.size());
  auto held = [&] { return fixture.service.clients().workers().at(0).leases; };

  WorkerService::Hello hello{
      .identity = first.identity, .lastJoin = first.session.serial, .lent = leases};
  for (const Lease& lease : leases) {
    hello.held.push_back({.lease = lease.id, .range = lease.range});
  }
  Joined second = std::get<Joined>(fixture.join(std::move(hello)));
  CHECK(second.forget.empty());
  CHECK(held() == leases.size());
  for (auto& answer : fixture.told.truncated) answer->fulfill(0);
  fixture.settle();

  CHECK(held() == leases.size());
  fixture.service.checkInvariants();
}

TEST_CASE("the log has a line when a busy worker is interrupted, and none when it is so again") {
  Fixture fixture;
  CapturedLog log;
  const std::string line = "a worker was asked to give up the end of its work";
  fixture.submit();
  SessionId session = fixture.joined().session;
  CHECK(log.count(line) == 0);
  for (int interruption = 1; interruption <= 2; ++interruption) {
    CAPTURE(interruption);
    REQUIRE_FALSE(fixture.lentTo(session).empty());
    std::size_t before = fixture.told.truncate.size();
    fixture.submit();  // A new job interrupts the only worker.
    fixture.settle();
    REQUIRE(fixture.told.truncate.size() > before);
    CHECK(log.count(line) == 1);  // The next line is due a kTroublePeriod later.
  }
}

TEST_CASE("a disk that fails is reported each time, and that jobs are saved again only once") {
  Fixture fixture;
  CapturedLog log;
  for (int outage = 1; outage <= 2; ++outage) {
    CAPTURE(outage);
    auto submission = fixture.service.clients().submit(kSpec, "");
    fixture.settle();
    REQUIRE(fixture.batches == 1);
    fixture.service.saving().notSaved("the disk is full");
    CHECK(fixture.service.saving().failure() == "the disk is full");
    fixture.save();
    CHECK_FALSE(fixture.service.saving().failure());
    fixture.submit();
    fixture.save();
    CHECK(log.count("the disk is full") == static_cast<std::size_t>(outage));
    CHECK(log.count("jobs are saved again") == static_cast<std::size_t>(outage));
  }
}

TEST_CASE("a worker that is lost is listed as lost after the grace, until it is back") {
  Config config{.block = {.random = 1}};
  config.reconnectGrace = 0s;
  CapturedLog log;
  Fixture fixture(config);
  Joined worker = fixture.joined();
  ClientService& clients = fixture.service.clients();
  REQUIRE(clients.workers().size() == 1);
  fixture.service.workers().lose(worker.session);
  while (clients.workers().at(0).state != WorkerState::kLost) pauseFor(fixture, 1ms);
  CHECK(clients.workers().size() == 1);
  CHECK(log.count("did not come back within") == 1);

  Joined again = fixture.joinedAgain(worker);
  REQUIRE(clients.workers().size() == 1);
  CHECK(clients.workers().at(0).state == WorkerState::kActive);
  auto leave = fixture.service.workers().leave(again.session, {});
  fixture.save();
  CHECK(clients.workers().empty());
  CHECK(log.count("did not come back within") == 1);
}

}  // namespace
}  // namespace pi::scheduler::testing
