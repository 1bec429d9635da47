#include "scheduler/core/orders.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

constexpr WorkerId kAnn{1};
constexpr LeaseId kLease{7};

struct Desk {
  Desk() { workers.add(kAnn, {}, Instant{}); }
  WorkerTable workers;
  Metrics metrics;
  Orders orders{workers, metrics};
};

TEST_CASE("a worker owes an answer until it has answered every truncation") {
  Desk desk;
  desk.orders.truncate(kAnn, kLease, 10);
  desk.orders.truncate(kAnn, kLease, 0);
  CHECK(desk.orders.awaitsAnswer(kAnn));

  desk.orders.noteAnswer(kAnn);
  CHECK(desk.orders.awaitsAnswer(kAnn));
  desk.orders.noteAnswer(kAnn);
  CHECK_FALSE(desk.orders.awaitsAnswer(kAnn));

  desk.orders.noteAnswer(kAnn);  // An answer to an old connection's question.
  CHECK_FALSE(desk.orders.awaitsAnswer(kAnn));
  CHECK(desk.metrics.truncationsAsked == 2);
  CHECK(desk.metrics.lastTruncated == kAnn);
  desk.orders.checkInvariants();
}

TEST_CASE("a worker without a connection is not asked") {
  Desk desk;
  desk.workers.setState(desk.workers.get(kAnn), WorkerState::kAbsent, Instant{});

  desk.orders.truncate(kAnn, kLease, 0);

  CHECK(desk.orders.take().empty());
  CHECK_FALSE(desk.orders.awaitsAnswer(kAnn));
}

TEST_CASE(
    "answers owed on a lost connection are forgotten, so that the worker can be asked again") {
  Desk desk;
  desk.orders.truncate(kAnn, kLease, 0);

  desk.orders.forgetAnswers(kAnn);

  CHECK_FALSE(desk.orders.awaitsAnswer(kAnn));
}

TEST_CASE("actions are taken once, in order") {
  Desk desk;
  desk.orders.add(action::Drain{.worker = kAnn});
  desk.orders.truncate(kAnn, kLease, 5);

  Actions actions = desk.orders.take();

  REQUIRE(actions.size() == 2);
  CHECK(std::holds_alternative<action::Drain>(actions[0]));
  CHECK(std::get<action::Truncate>(actions[1]).end == 5);
  CHECK(desk.orders.take().empty());
}

}  // namespace
}  // namespace pi::scheduler
