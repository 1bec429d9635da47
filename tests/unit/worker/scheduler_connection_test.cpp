#include "worker/scheduler_connection.h"

#include <doctest/doctest.h>

#include <asio/post.hpp>
#include <variant>

#include "common/net/rpc/connection.h"
#include "common/net/transport/dial.h"
#include "tests/unit/worker/fake_scheduler.h"

namespace pi::worker {
namespace {

// A worker without threads that has joined.
struct Rig : SchedulerConnection::Owner {
  Rig()
      : connection(
            {}, [this]() -> kj::Promise<kj::Own<net::MessageSocket>> { return dial(); }, *this) {
    connection.perform(action::Connect{});
    while (!isJoined) turn();
  }

  kj::Own<net::MessageSocket> dial() {
    net::LocalPair pair = net::connectLocalPair(loop);
    server = kj::heap<net::Connection>(kj::mv(pair.first), kj::heap<Gate>(scheduler));
    return kj::mv(pair.second);
  }
  void turn() { loop.timer().afterDelay(0 * kj::NANOSECONDS).wait(loop.waitScope()); }

  void handle(const Event& event) override {
    if (std::holds_alternative<event::Connected>(event)) connection.perform(action::Join{});
    if (std::holds_alternative<event::Joined>(event)) isJoined = true;
    if (std::holds_alternative<event::DrainAsked>(event)) ++(isLost ? drainsAfterLoss : drains);
    if (std::holds_alternative<event::Disconnected>(event)) isLost = true;
  }
  std::uint64_t truncate(LeaseId, std::uint64_t end) override {
    ++(isLost ? truncationsAfterLoss : truncations);
    return end;
  }
  void fail(kj::Exception&& exception) override { FAIL(exception.getDescription().cStr()); }

  net::KjLoop loop;
  FakeScheduler scheduler;
  kj::Own<net::Connection> server;
  bool isJoined = false;
  bool isLost = false;
  int drains = 0, drainsAfterLoss = 0;
  int truncations = 0, truncationsAfterLoss = 0;
  SchedulerConnection connection;
};

kj::Promise<void> afterEvents(int count) {
  if (count == 0) return kj::READY_NOW;
  return kj::evalLater([count] { return afterEvents(count - 1); });
}

void ignore(kj::Exception&&) {}

}  // namespace

// Another number of events lies between the arrival of the call and the loss in each round.  In
// some, the worker has read the call, and loses the connection before the call runs.
TEST_CASE("a call that was read before its connection was lost, and runs after, changes nothing") {
  int drains = 0;
  int truncations = 0;
  constexpr int kEventsMax = 20;
  for (int events = 0; events <= kEventsMax; ++events) {
    CAPTURE(events);
    Rig rig;
    auto& control = KJ_ASSERT_NONNULL(rig.scheduler.control);
    auto call = events % 2 == 0
                    ? control.drainRequest().send().ignoreResult().eagerlyEvaluate(ignore)
                    : control.truncateRequest().send().ignoreResult().eagerlyEvaluate(ignore);
    kj::Promise<void> loss = nullptr;
    // The loop runs this handler and the one that reads the call in one go.
    asio::post(rig.loop.io(), [&] {
      loss = afterEvents(events / 2)
                 .then([&rig] { rig.connection.perform(action::Disconnect{}); })
                 .eagerlyEvaluate(nullptr);
    });
    while (!rig.isLost) rig.turn();
    for (int i = 0; i < kEventsMax; ++i) rig.turn();
    CHECK(rig.drainsAfterLoss == 0);
    CHECK(rig.truncationsAfterLoss == 0);
    drains += rig.drains;
    truncations += rig.truncations;
  }
  // Some calls were early enough, and some were not.
  CHECK(drains > 0);
  CHECK(drains <= kEventsMax / 2);
  CHECK(truncations > 0);
  CHECK(truncations < kEventsMax / 2);
}

}  // namespace pi::worker
