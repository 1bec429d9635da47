#include "worker/core/holding.h"

#include "tests/unit/worker/core_testing.h"

namespace pi::worker {
namespace {

TEST_CASE("spans that finish out of order are taken in order, as one tally") {
  Holding holding(leaseOf(1, {.begin = 100, .end = 200}));
  holding.add(spanOf(1, {.begin = 150, .end = 180}));
  CHECK_FALSE(holding.takePrefix());

  holding.add(spanOf(1, {.begin = 100, .end = 150}));

  CHECK(holding.takePrefix() == spanOf(1, {.begin = 100, .end = 180}));
  CHECK(holding.rest().range == SampleRange{.begin = 180, .end = 200});
  CHECK_FALSE(holding.takePrefix());
}

TEST_CASE("a lease is finished when all of it was taken") {
  Holding holding(leaseOf(1, {.begin = 0, .end = 10}));
  holding.add(spanOf(1, {.begin = 0, .end = 10}));
  CHECK_FALSE(holding.isFinished());

  holding.takePrefix();

  CHECK(holding.isFinished());
}

TEST_CASE("a truncated lease is finished at its new end") {
  Holding holding(leaseOf(1, {.begin = 0, .end = 100}));
  holding.truncate(40);
  holding.add(spanOf(1, {.begin = 40, .end = 50}));
  holding.add(spanOf(1, {.begin = 0, .end = 40}));

  CHECK(holding.takePrefix() == spanOf(1, {.begin = 0, .end = 40}));
  CHECK(holding.isFinished());
}

TEST_CASE("a lease is truncated neither before what was taken nor beyond its end") {
  Holding holding(leaseOf(1, {.begin = 0, .end = 100}));
  holding.add(spanOf(1, {.begin = 0, .end = 30}));
  holding.takePrefix();

  holding.truncate(200);
  CHECK(holding.rest().range == SampleRange{.begin = 30, .end = 100});

  holding.truncate(10);
  CHECK(holding.isFinished());
}

}  // namespace
}  // namespace pi::worker
