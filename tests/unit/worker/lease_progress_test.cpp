#include "worker/core/lease_progress.h"

#include "tests/unit/worker/core_testing.h"

namespace pi::worker {
namespace {

TEST_CASE("spans that finish out of order are taken in order, as one tally") {
  LeaseProgress progress(leaseOf(1, {.begin = 100, .end = 200}));
  progress.add(spanOf(1, {.begin = 150, .end = 180}));
  CHECK_FALSE(progress.takePrefix());

  progress.add(spanOf(1, {.begin = 100, .end = 150}));

  CHECK(progress.takePrefix() == spanOf(1, {.begin = 100, .end = 180}));
  CHECK(progress.rest().range == SampleRange{.begin = 180, .end = 200});
  CHECK_FALSE(progress.takePrefix());
}

TEST_CASE("a lease is finished when its last sample was taken") {
  LeaseProgress progress(leaseOf(1, {.begin = 0, .end = 10}));
  progress.add(spanOf(1, {.begin = 0, .end = 10}));
  CHECK_FALSE(progress.isFinished());

  progress.takePrefix();

  CHECK(progress.isFinished());
}

TEST_CASE("a truncated lease is finished at its new end") {
  LeaseProgress progress(leaseOf(1, {.begin = 0, .end = 100}));
  progress.truncate(40);
  progress.add(spanOf(1, {.begin = 40, .end = 50}));
  progress.add(spanOf(1, {.begin = 0, .end = 40}));

  CHECK(progress.takePrefix() == spanOf(1, {.begin = 0, .end = 40}));
  CHECK(progress.isFinished());
}

TEST_CASE("a lease is truncated neither before what was taken nor beyond its end") {
  LeaseProgress progress(leaseOf(1, {.begin = 0, .end = 100}));
  progress.add(spanOf(1, {.begin = 0, .end = 30}));
  progress.takePrefix();

  progress.truncate(200);
  CHECK(progress.rest().range == SampleRange{.begin = 30, .end = 100});

  progress.truncate(10);
  CHECK(progress.isFinished());
}

TEST_CASE("the invariants hold while spans wait for others, and after a truncation") {
  LeaseProgress progress(leaseOf(1, {.begin = 100, .end = 200}));
  progress.add(spanOf(1, {.begin = 150, .end = 160}));
  progress.checkInvariants();
  progress.add(spanOf(1, {.begin = 100, .end = 110}));
  progress.takePrefix();
  progress.truncate(170);
  progress.checkInvariants();
  CHECK(progress.rest().range == SampleRange{.begin = 110, .end = 170});
}

}  // namespace
}  // namespace pi::worker
