#include "worker/reactor.h"

#include <doctest/doctest.h>
#include <kj/debug.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "common/base/backoff.h"
#include "common/net/loop/clock.h"
#include "common/net/rpc/connection.h"
#include "common/net/transport/dial.h"
#include "tests/unit/worker/fake_scheduler.h"

namespace pi::worker {
namespace {

using namespace std::chrono_literals;
using action::ExitReason;

constexpr Stream kStream{.seed = 11};

WorkerProfile profile() {
  WorkerProfile profile;
  profile.threads = 2;
  profile.samplesPerSecond = 1'000'000'000;
  return profile;
}

// A worker with two threads and its scheduler, on one loop.
struct Rig {
  explicit Rig(Config config = {}, CpuUnit::Compute compute = kernels::best().compute)
      : reactor(loop, {.config = config, .profile = profile()}, cpuUnits(compute, 2),
                [this] { return dial(); }) {}

  kj::Promise<kj::Own<net::MessageSocket>> dial() {
    ++dials;
    if (!isThere) return KJ_EXCEPTION(DISCONNECTED, "no scheduler here");
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

  // How many samples of a lease were reported; checks that there are no gaps and that the hits are
  // right.
  std::uint64_t reportedOf(LeaseId lease) const {
    std::vector<Tally> tallies;
    for (const LeaseTally& tally : scheduler.reported) {
      if (tally.lease == lease) tallies.push_back(tally.tally);
    }
    std::ranges::sort(tallies, {}, [](const Tally& tally) { return tally.range.begin; });
    std::uint64_t end = 0;
    for (const Tally& tally : tallies) {
      if (tally.range.end <= end) continue;  // Sent again after a reconnect.
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
  int dials = 0;
  Reactor reactor;
};

Lease leaseOf(std::uint64_t id, std::uint64_t samples) {
  return {.id = LeaseId{id}, .job = JobId{1}, .stream = kStream, .range = {0, samples}};
}

// While this object exists, it keeps what is logged, at every level.
class Log {
 public:
  Log() : before_(spdlog::default_logger()) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text_);
    auto logger = std::make_shared<spdlog::logger>("test", sink);
    logger->set_level(spdlog::level::trace);
    spdlog::set_default_logger(logger);
  }
  ~Log() { spdlog::set_default_logger(before_); }

  int countOf(const std::string& part) const {
    const std::string text = text_.str();
    int count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
  }

 private:
  std::shared_ptr<spdlog::logger> before_;
  std::ostringstream text_;
};

constexpr std::uint64_t kEndless = std::uint64_t{1} << 60;

TEST_CASE("a worker joins, computes its leases, and leaves when it is asked to drain") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, 3'000'000), leaseOf(2, 1)};
  rig.until(
      [&] { return rig.reportedOf(LeaseId{1}) == 3'000'000 && rig.reportedOf(LeaseId{2}) == 1; });
  CHECK(rig.scheduler.identities == std::vector<std::string>{""});
  rig.reactor.requestDrain();
  CHECK(rig.exit() == ExitReason::kDrained);
  CHECK(rig.scheduler.hasLeft);
}

TEST_CASE("a worker reports at every heartbeat, and drains in the middle of a lease") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return rig.scheduler.reported.size() >= 3; });
  KJ_ASSERT_NONNULL(rig.scheduler.control).drainRequest().send().wait(rig.loop.waitScope());
  CHECK(rig.exit() == ExitReason::kDrained);
  CHECK(rig.scheduler.hasLeft);
  CHECK(rig.reportedOf(LeaseId{1}) > 0);
}

TEST_CASE("a worker truncates a lease and answers with the new end") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.reported.empty(); });
  auto truncate = [&rig](std::uint64_t lease) {
    auto request = KJ_ASSERT_NONNULL(rig.scheduler.control).truncateRequest();
    request.setLease(lease);
    return request.send().wait(rig.loop.waitScope()).getEnd();
  };
  CHECK(truncate(9) == kSamplesEnd);
  std::uint64_t end = truncate(1);
  CHECK(end < kEndless);
  rig.until([&] { return rig.reportedOf(LeaseId{1}) == end; });
}

TEST_CASE("a worker reconnects with its identity and its leases") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.reported.empty(); });
  rig.server->close();
  rig.until([&] { return rig.scheduler.identities.size() == 2; });
  CHECK(rig.scheduler.identities[1] == "secret");
  CHECK(rig.scheduler.held == std::vector<LeaseId>{LeaseId{1}});
  std::size_t before = rig.scheduler.reported.size();
  rig.until([&] { return rig.scheduler.reported.size() > before; });
  CHECK(rig.dials == 2);
  rig.reactor.requestDrain();
  CHECK(rig.exit() == ExitReason::kDrained);
  CHECK(rig.reportedOf(LeaseId{1}) > 0);
}

TEST_CASE("a refused worker exits, and one that finds a full scheduler tries again") {
  Rig rig;
  rig.scheduler.refusal = wire::Refusal::Code::LIMIT_REACHED;
  Instant begin = net::now();
  rig.until([&] { return rig.dials == 2; });
  CHECK(net::now() - begin >= kRefusedBackoff.shortest);
  rig.scheduler.refusal = wire::Refusal::Code::VERSION_MISMATCH;
  CHECK(rig.exit() == ExitReason::kRefused);
}

TEST_CASE("a worker logs that it lost its scheduler each time, and not for each failed attempt") {
  Log log;
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.reported.empty(); });
  for (std::size_t round = 1; round <= 3; ++round) {
    CAPTURE(round);
    rig.isThere = false;
    int dialsBefore = rig.dials;
    rig.server->close();
    while (rig.dials < dialsBefore + 3) rig.loop.until(net::now() + 1ms).wait(rig.loop.waitScope());
    rig.isThere = true;
    rig.until([&] { return rig.scheduler.identities.size() == round + 1; });
    while (log.countOf("joined the scheduler") < static_cast<int>(round) + 1) {
      rig.loop.until(net::now() + 1ms).wait(rig.loop.waitScope());
    }
    CHECK(log.countOf("lost the scheduler, reconnecting") == static_cast<int>(round));
    CHECK(log.countOf("no scheduler here") == static_cast<int>(round));
  }
}

TEST_CASE("the second equal complaint is logged if the worker has joined in between") {
  Log log;
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  for (int round = 1; round <= 3; ++round) {
    CAPTURE(round);
    while (log.countOf("joined the scheduler") < round) {
      rig.loop.until(net::now() + 1ms).wait(rig.loop.waitScope());
    }
    rig.server->close();
    while (rig.dials == round) rig.loop.until(net::now() + 1ms).wait(rig.loop.waitScope());
    CHECK(log.countOf("lost the scheduler, reconnecting: the connection has ended") == round);
  }
}

TEST_CASE("the last line of a worker that found no scheduler says why") {
  Log log;
  Rig rig({.deathTimeout = 120ms, .lifetime = Duration::zero()});
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.reported.empty(); });
  rig.isThere = false;
  rig.server->close();
  CHECK(rig.exit() == ExitReason::kNoScheduler);
  CHECK(log.countOf("within the death timeout: no scheduler here; start one") == 1);
}

TEST_CASE("the identity and the tickets of a worker are in no log line, at any level") {
  Log log;
  Rig rig;
  Lease lease = leaseOf(1, 3'000'000);
  lease.ticket.fill(0xAB);
  rig.scheduler.work = {lease};
  rig.until([&] { return rig.reportedOf(LeaseId{1}) == 3'000'000; });
  rig.server->close();
  rig.until([&] { return rig.scheduler.identities.size() == 2; });
  rig.reactor.requestDrain();
  CHECK(rig.exit() == ExitReason::kDrained);

  REQUIRE(log.countOf("joined the scheduler") >= 1);
  CHECK(rig.scheduler.identities[1] == "secret");
  for (const char* secret : {"secret", "736563726574", "abababab", "ABABABAB", "\xAB\xAB"}) {
    CAPTURE(secret);
    CHECK(log.countOf(secret) == 0);
  }
}

TEST_CASE("a call on an old connection changes nothing after the worker has reconnected") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.reported.empty(); });
  wire::WorkerControl::Client old = KJ_ASSERT_NONNULL(rig.scheduler.control);
  // Both reach the worker together: the answer because of which it gives up the connection, and
  // then the calls.
  rig.scheduler.failsHeartbeats = true;
  auto oldServer = kj::mv(rig.server);
  rig.isThere = false;
  int dials = rig.dials;
  kj::Vector<kj::Promise<void>> calls;
  while (rig.dials == dials) {
    auto truncate = old.truncateRequest();
    truncate.setLease(99);
    calls.add(truncate.send().ignoreResult().catch_([](kj::Exception&&) {}));
    rig.loop.until(net::now() + 1ms).wait(rig.loop.waitScope());
  }
  auto truncate = old.truncateRequest();
  truncate.setLease(1);
  auto drain = old.drainRequest();
  CHECK_THROWS(truncate.send().wait(rig.loop.waitScope()));
  kj::runCatchingExceptions([&] { drain.send().wait(rig.loop.waitScope()); });

  rig.scheduler.failsHeartbeats = false;
  rig.isThere = true;
  rig.until([&] { return rig.scheduler.identities.size() == 2; });
  CHECK(rig.scheduler.held == std::vector<LeaseId>{LeaseId{1}});
  std::size_t before = rig.scheduler.reported.size();
  rig.until([&] { return rig.scheduler.reported.size() > before; });
  CHECK_FALSE(rig.scheduler.hasLeft);
}

TEST_CASE("a worker without a scheduler exits at its death timeout") {
  Rig rig({.deathTimeout = 120ms, .lifetime = Duration::zero()});
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.reported.empty(); });
  rig.isThere = false;
  rig.server->close();
  CHECK(rig.exit() == ExitReason::kNoScheduler);
  CHECK(rig.dials > 1);
}

TEST_CASE("leaveNow ends a worker at once, without a report") {
  Rig rig;
  rig.scheduler.work = {leaseOf(1, kEndless)};
  rig.until([&] { return !rig.scheduler.reported.empty(); });
  rig.reactor.requestDrain();
  rig.reactor.leaveNow();
  CHECK(rig.exit() == ExitReason::kDrained);
  CHECK_FALSE(rig.scheduler.hasLeft);
}

std::atomic<bool> hangs = false;
std::atomic<bool> mayCompute = false;

Hits hangingHits(Stream stream, SampleRange range, const kernels::StopFlag* /*stop*/) {
  hangs = true;
  mayCompute.wait(false);
  return kernels::best().hitsIn(stream, range);
}

TEST_CASE("a worker whose threads hang drains, and endThreads returns false") {
  Rig rig({}, hangingHits);
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
