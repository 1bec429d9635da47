#include "worker/core/held_leases.h"

#include "tests/unit/worker/core_testing.h"

namespace pi::worker {
namespace {

constexpr SampleRange kHundred{.begin = 0, .end = 100};

TEST_CASE("a lease is held until its last sample is finished") {
  HeldLeases held;
  REQUIRE(held.add(leaseOf(1, kHundred)));

  auto first = held.finish(spanOf(1, {.begin = 0, .end = 60}));
  REQUIRE(first);
  CHECK(first->tally == spanOf(1, {.begin = 0, .end = 60}));
  CHECK(held.rests() ==
        std::vector{LeaseRest{.lease = LeaseId{1}, .range = {.begin = 60, .end = 100}}});
  held.checkInvariants();

  auto last = held.finish(spanOf(1, {.begin = 60, .end = 100}));
  REQUIRE(last);
  CHECK(last->lent == leaseOf(1, kHundred));
  CHECK(held.empty());
  held.checkInvariants();
}

TEST_CASE("a span waits for the spans before it") {
  HeldLeases held;
  held.add(leaseOf(1, kHundred));
  CHECK_FALSE(held.finish(spanOf(1, {.begin = 50, .end = 100})));

  auto all = held.finish(spanOf(1, {.begin = 0, .end = 50}));

  REQUIRE(all);
  CHECK(all->tally == spanOf(1, kHundred));
  CHECK(held.empty());
}

TEST_CASE("a lease is not held twice") {
  HeldLeases held;
  held.add(leaseOf(1, kHundred));
  held.finish(spanOf(1, {.begin = 0, .end = 60}));

  CHECK_FALSE(held.add(leaseOf(1, kHundred)));

  CHECK(held.rests().at(0).range == SampleRange{.begin = 60, .end = 100});
}

TEST_CASE("a lease that is truncated at its finished samples is held no longer") {
  HeldLeases held;
  held.add(leaseOf(1, kHundred));
  held.finish(spanOf(1, {.begin = 0, .end = 60}));

  held.truncate(LeaseId{1}, 60);

  CHECK(held.empty());
  held.checkInvariants();
}

TEST_CASE("spans and truncations of a lease that is not held are ignored") {
  HeldLeases held;
  held.add(leaseOf(1, kHundred));
  held.drop(LeaseId{1});

  CHECK_FALSE(held.finish(spanOf(1, {.begin = 0, .end = 60})));
  held.truncate(LeaseId{1}, 10);
  held.drop(LeaseId{1});
  CHECK(held.empty());
}

TEST_CASE("leases, their ids and their rests are listed in one order") {
  HeldLeases held;
  for (std::uint64_t id : {3, 1, 2}) held.add(leaseOf(id, kHundred));

  CHECK(held.ids() == std::vector{LeaseId{1}, LeaseId{2}, LeaseId{3}});
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(held.lent().at(i).id == held.ids().at(i));
    CHECK(held.rests().at(i).lease == held.ids().at(i));
  }
}

}  // namespace
}  // namespace pi::worker
