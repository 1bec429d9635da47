#include "worker/core/outbox.h"

#include "tests/unit/worker/core_testing.h"

namespace pi::worker {
namespace {

using Tallies = std::vector<LeaseTally>;

TEST_CASE("tallies of one lease that adjoin travel as one") {
  Outbox outbox;
  outbox.add(spanOf(1, {.begin = 0, .end = 10}));
  outbox.add(spanOf(1, {.begin = 10, .end = 30}));
  outbox.add(spanOf(2, {.begin = 30, .end = 40}));
  outbox.add(spanOf(2, {.begin = 50, .end = 60}));

  CHECK(outbox.send(Channel::kReport) == Tallies{spanOf(1, {.begin = 0, .end = 30}),
                                                 spanOf(2, {.begin = 30, .end = 40}),
                                                 spanOf(2, {.begin = 50, .end = 60})});
  CHECK_FALSE(outbox.hasUnsent());
}

TEST_CASE("a tally is not changed once it was sent") {
  Outbox outbox;
  outbox.add(spanOf(1, {.begin = 0, .end = 10}));
  outbox.send(Channel::kReport);
  outbox.add(spanOf(1, {.begin = 10, .end = 20}));

  CHECK(outbox.sendAll(Channel::kJoin) ==
        Tallies{spanOf(1, {.begin = 0, .end = 10}), spanOf(1, {.begin = 10, .end = 20})});
}

TEST_CASE("an answer confirms what its own call carried and nothing else") {
  Outbox outbox;
  outbox.add(spanOf(1, {.begin = 0, .end = 10}));
  outbox.send(Channel::kExchange);
  outbox.add(spanOf(1, {.begin = 10, .end = 20}));
  outbox.send(Channel::kReport);

  outbox.confirm(Channel::kReport);

  CHECK(outbox.sendAll(Channel::kJoin) == Tallies{spanOf(1, {.begin = 0, .end = 10})});
}

TEST_CASE("what one join did not get confirmed the next one carries again") {
  Outbox outbox;
  outbox.add(spanOf(1, {.begin = 0, .end = 10}));
  outbox.send(Channel::kReport);
  Tallies first = outbox.sendAll(Channel::kJoin);
  CHECK(outbox.sendAll(Channel::kJoin) == first);

  outbox.confirm(Channel::kJoin);

  CHECK(outbox.sendAll(Channel::kJoin).empty());
}

}  // namespace
}  // namespace pi::worker
