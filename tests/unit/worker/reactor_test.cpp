#include "worker/reactor.h"

#include <doctest/doctest.h>
#include <kj/debug.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/net/loop/clock.h"
#include "common/net/rpc/connection.h"
#include "common/net/transport/dial.h"
#include "common/wire/wire.h"

namespace pi::worker {
namespace {

using namespace std::chrono_literals;
using action::ExitReason;

constexpr Stream kStream{.seed = 11};

// A scheduler of few words: what workers told it, and what it tells them.
struct FakeScheduler {
  std::vector<Lease> work;  // Lent by the next exchange.
  wire::Refusal::Code refusal = wire::Refusal::Code::NONE;

  std::vector<std::string> identities;  // Of each join.
  std::vector<LeaseId> held;            // At the last join.
  std::vector<LeaseTally> told;
  bool hasLeft = false;
  kj::Maybe<wire::WorkerControl::Client> control;
  kj::Own<kj::PromiseFulfiller<void>> changed;

  void tell(std::vector<LeaseTally> tallies) {
    told.insert(told.end(), tallies.begin(), tallies.end());
    notify();
  }
  void notify() {
    if (changed.get() != nullptr) changed->fulfill();
  }
};

class Session final : public wire::WorkerSession::Server {
 public:
  explicit Session(FakeScheduler& scheduler) : scheduler_(scheduler) {}

 private:
  kj::Promise<void> exchange(ExchangeContext context) override {
    auto done = fromWire(context.getParams().getDone());
    bool bringsTallies = !done.empty();
    scheduler_.tell(std::move(done));
    std::vector<Lease> leases = std::exchange(scheduler_.work, {});
    if (leases.empty() && !bringsTallies) return kj::NEVER_DONE;
    toWire(leases, context.getResults().initLeases(static_cast<capnp::uint>(leases.size())));
    return kj::READY_NOW;
  }
  kj::Promise<void> heartbeat(HeartbeatContext context) override {
    scheduler_.tell(fromWire(context.getParams().getDone()));
    return kj::READY_NOW;
  }
  kj::Promise<void> leave(LeaveContext context) override {
    scheduler_.hasLeft = true;
    scheduler_.tell(fromWire(context.getParams().getDone()));
    return kj::READY_NOW;
  }

  FakeScheduler& scheduler_;
};

class Desk final : public wire::WorkerDesk::Server {
 public:
  explicit Desk(FakeScheduler& scheduler) : scheduler_(scheduler) {}

 private:
  kj::Promise<void> join(JoinContext context) override {
    auto hello = context.getParams().getHello();
    auto identity = hello.getIdentity().asChars();
    scheduler_.identities.emplace_back(identity.begin(), identity.end());
    scheduler_.held.clear();
    for (const LeaseRest& rest : fromWire(hello.getHeld())) {
      scheduler_.held.push_back(rest.lease);
    }
    scheduler_.control = context.getParams().getControl();
    auto results = context.getResults();
    results.setSession(kj::heap<Session>(scheduler_));
    results.setIdentity(kj::StringPtr("secret").asBytes());
    results.initPolicy().setHeartbeatNanoseconds(20'000'000);
    scheduler_.tell(fromWire(hello.getDone()));
    return kj::READY_NOW;
  }

  FakeScheduler& scheduler_;
};

class Gate final : public wire::Gate::Server {
 public:
  explicit Gate(FakeScheduler& scheduler) : scheduler_(scheduler) {}

 private:
  kj::Promise<void> enterAsWorker(EnterAsWorkerContext context) override {
    auto results = context.getResults();
    results.initRefusal().setCode(scheduler_.refusal);
    results.getRefusal().setSentence("not today");
    if (scheduler_.refusal == wire::Refusal::Code::NONE) {
      results.setDesk(kj::heap<Desk>(scheduler_));
    }
    scheduler_.notify();
    return kj::READY_NOW;
  }

  FakeScheduler& scheduler_;
};

WorkerProfile profile() {
  WorkerProfile profile;
  profile.threads = 2;
  profile.samplesPerSecond = 1'000'000'000;
  return profile;
}

// A worker of two threads and its scheduler on one loop.
struct Rig {
  explicit Rig(Config config = {}, const kernels::Kernel& kernel = kernels::best())
      : reactor(loop, {.config = config, .profile = profile()}, kernel, [this] { return call(); }) {
  }

  kj::Promise<kj::Own<net::MessageSocket>> call() {
    ++calls;
    if (!isThere) return KJ_EXCEPTION(DISCONNECTED, "nobody there");
    net::LocalPair pair = net::connectLocalPair(loop);
    server = kj::heap<net::Connection>(kj::mv(pair.first), kj::heap<Gate>(scheduler));
    return kj::mv(pair.second);
  }

  template <typename Done>
  void until(Done done) {
    while (!done()) {
      auto changed = kj::newPromiseAndFulfiller<void>();
      scheduler.changed = kj::mv(changed.fulfiller);
      changed.promise.wait(loop.waitScope());
    }
  }
  ExitReason exit() { return reactor.done().wait(loop.waitScope()); }

  // How much of a lease was told, from its begin on and without holes; with the right hits.
  std::uint64_t toldOf(LeaseId lease) const {
    std::vector<Tally> tallies;
    for (const LeaseTally& tally : scheduler.told) {
      if (tally.lease == lease) tallies.push_back(tally.tally);
    }
    std::ranges::sort(tallies, {}, [](const Tally& tally) { return tally.range.begin; });
    std::uint64_t end = 0;
    for (const Tally& tally : tallies) {
      if (tally.range.end <= end) continue;  // Told again after a lost connection.
      CHECK(tally.range.begin == end);
      CHECK(tally.hits == kernels::best().hitsIn(kStream, tally.range));
      end = tally.range.end;
    }
    return end;
  }

  net::KjLoop loop;
  FakeScheduler scheduler;
  kj::Own<net::Connection> server;
  bool isThere = true;
  int calls = 0;
  Reactor reactor;
};

Lease leaseOf(std::uint64_t id, std::uint64_t samples) {
  return {.id = LeaseId{id}, .job = JobId{1}, .stream = kStream, .range = {0, samples}};
}

constexpr std::uint64_t kEndless = std::uint64_t{1} << 60;

TEST_CASE("a worker joins, computes what it is lent, and leaves when it is told to") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, 3'000'000), leaseOf(2, 1)};
  rig.until([&] { return rig.toldOf(LeaseId{1}) == 3'000'000 && rig.toldOf(LeaseId{2}) == 1; });
  CHECK(rig.scheduler.identities == std::vector<std::string>{""});
  rig.reactor.requestDrain();
  CHECK(rig.exit() == ExitReason::kDrained);
  CHECK(rig.scheduler.hasLeft);
}

TEST_CASE("a worker that computes reports as often as it is asked to, and drains in the middle") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return rig.scheduler.told.size() >= 3; });
  KJ_ASSERT_NONNULL(rig.scheduler.control).drainRequest().send().wait(rig.loop.waitScope());
  CHECK(rig.exit() == ExitReason::kDrained);
  CHECK(rig.scheduler.hasLeft);
  CHECK(rig.toldOf(LeaseId{1}) > 0);
}

TEST_CASE("a worker gives up the end of a lease, and says from where on") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.told.empty(); });
  auto truncate = [&rig](std::uint64_t lease) {
    auto request = KJ_ASSERT_NONNULL(rig.scheduler.control).truncateRequest();
    request.setLease(lease);
    return request.send().wait(rig.loop.waitScope()).getEnd();
  };
  CHECK(truncate(9) == kSamplesEnd);
  std::uint64_t end = truncate(1);
  CHECK(end < kEndless);
  rig.until([&] { return rig.toldOf(LeaseId{1}) == end; });
}

TEST_CASE("after a lost connection a worker comes back as who it was, with what it holds") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.told.empty(); });
  rig.server->close();
  rig.until([&] { return rig.scheduler.identities.size() == 2; });
  CHECK(rig.scheduler.identities[1] == "secret");
  CHECK(rig.scheduler.held == std::vector<LeaseId>{LeaseId{1}});
  std::size_t before = rig.scheduler.told.size();
  rig.until([&] { return rig.scheduler.told.size() > before; });
  CHECK(rig.calls == 2);
  rig.reactor.requestDrain();
  CHECK(rig.exit() == ExitReason::kDrained);
  CHECK(rig.toldOf(LeaseId{1}) > 0);
}

TEST_CASE("a worker that is refused exits, and one that may come later tries again") {
  Rig rig;
  rig.scheduler.refusal = wire::Refusal::Code::LIMIT_REACHED;
  rig.until([&] { return rig.calls == 2; });
  rig.scheduler.refusal = wire::Refusal::Code::VERSION_MISMATCH;
  CHECK(rig.exit() == ExitReason::kRefused);
}

TEST_CASE("a worker without a scheduler gives up at its death timeout") {
  Rig rig({.deathTimeout = 120ms, .lifetime = Duration::zero()});
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.told.empty(); });
  rig.isThere = false;
  rig.server->close();
  CHECK(rig.exit() == ExitReason::kNoScheduler);
  CHECK(rig.calls > 1);
}

TEST_CASE("a worker leaves at once when it has to, without a word") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.told.empty(); });
  rig.reactor.requestDrain();
  rig.reactor.leaveNow();
  CHECK(rig.exit() == ExitReason::kDrained);
  CHECK_FALSE(rig.scheduler.hasLeft);
}

std::atomic<bool> hangs = false;
std::atomic<bool> mayCompute = false;

Hits hangingHits(Stream stream, SampleRange range) {
  hangs = true;
  mayCompute.wait(false);
  return kernels::best().hitsIn(stream, range);
}

TEST_CASE("a worker whose threads hang drains all the same, and says that they do") {
  kernels::Kernel hanging = kernels::best();
  hanging.hitsIn = hangingHits;
  Rig rig({}, hanging);
  rig.scheduler.work = {leaseOf(1, kEndless)};
  while (!hangs) rig.loop.until(net::now() + 1ms).wait(rig.loop.waitScope());

  rig.reactor.requestDrain();

  CHECK(rig.exit() == ExitReason::kDrained);
  CHECK(rig.scheduler.hasLeft);
  CHECK_FALSE(rig.reactor.endThreads(Duration::zero()));
  mayCompute = true;
  mayCompute.notify_all();
}

}  // namespace
}  // namespace pi::worker
