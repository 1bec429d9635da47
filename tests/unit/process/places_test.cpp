// A scheduler without keys that is full.
#include "scheduler/rpc/places.h"

#include <doctest/doctest.h>

#include "common/net/rpc/client_link.h"
#include "common/net/transport/listener.h"
#include "scheduler/rpc/connection_manager.h"
#include "tests/unit/process/scratch.h"
#include "tests/unit/service/captured_log.h"

namespace pi::scheduler::testing {
namespace {

// Four places, of which the owner keeps two, and workers may use one.
struct Keyless {
  Keyless() { connections.places().setLimits(limits); }

  std::vector<Address> addresses() const { return listener.addresses(); }
  net::ClientLink enter(Role role) {
    return net::enterAsClient(loop, addresses(), std::nullopt, {}, role);
  }
  RefusalCode codeForWorker() {
    net::Connection connection(net::dial(loop, addresses()).wait(loop.waitScope()));
    return enterAsWorker(connection);
  }
  // kUnknownJob if the worker may enter.
  RefusalCode enterAsWorker(net::Connection& connection) {
    auto enter = connection.bootstrap().castAs<wire::WorkerGate>().enterAsWorkerRequest();
    net::introduce(enter.initPeer());
    auto answer = enter.send().wait(loop.waitScope());
    if (!answer.hasRefusal()) return RefusalCode::kUnknownJob;
    CHECK(mentions(answer.getRefusal().getSentence().cStr(), "the scheduler is full"));
    CHECK(answer.getRefusal().getCode() == wire::Refusal::Code::LIMIT_REACHED);
    return RefusalCode::kLimitReached;
  }
  std::optional<net::ConnectFailure> failureOf(Role role) {
    try {
      enter(role);
      return std::nullopt;
    } catch (const net::ConnectError& error) {
      return error.kind();
    }
  }
  // Waits until the scheduler knows that connections have ended.
  void settle(std::size_t open) {
    while (listener.connections() > open) {
      loop.timer().afterDelay(kj::MILLISECONDS).wait(loop.waitScope());
    }
  }

  const Places::Limits limits{.all = 4, .workers = 1, .clients = 2, .keptForOwner = 2};
  CapturedLog log;
  net::KjLoop loop;
  SchedulerService service{loop, Config{.block = {.random = 1}}};
  ConnectionManager connections{service, "id"};
  net::Listener listener{loop,
                         {.hosts = {"127.0.0.1"}, .connectionsMax = limits.all},
                         [this](std::shared_ptr<net::BufferedSocket> socket) {
                           connections.admit(kj::heap<net::MessageSocket>(std::move(socket)));
                         }};
};

TEST_CASE("a full scheduler without keys tells a worker that it is full, and lets it in later") {
  Keyless full;
  {
    net::Connection first(net::dial(full.loop, full.addresses()).wait(full.loop.waitScope()));
    CHECK(full.enterAsWorker(first) == RefusalCode::kUnknownJob);
    CHECK(full.codeForWorker() == RefusalCode::kLimitReached);
    CHECK(full.log.count("refused a worker: all 1 connections") == 1);
  }
  full.settle(0);
  CHECK(full.codeForWorker() == RefusalCode::kUnknownJob);
}

TEST_CASE("a full scheduler without keys tells clients so, and keeps a place for the owner") {
  Keyless full;
  net::ClientLink first = full.enter(Role::kClient);
  net::ClientLink second = full.enter(Role::kClient);
  CHECK(full.failureOf(Role::kClient) == net::ConnectFailure::kFull);
  full.settle(2);
  CHECK(full.codeForWorker() == RefusalCode::kLimitReached);
  full.settle(2);
  CHECK_FALSE(full.failureOf(Role::kOwner));
}

}  // namespace
}  // namespace pi::scheduler::testing
