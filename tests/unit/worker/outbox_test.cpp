#include "worker/core/outbox.h"

#include "tests/unit/worker/core_testing.h"
#include "worker/core/limits.h"

namespace pi::worker {
namespace {

using Tallies = std::vector<LeaseTally>;

// The lease is longer than any tally here.
void add(Outbox& outbox, std::uint64_t lease, SampleRange range) {
  outbox.add({.tally = spanOf(lease, range), .lent = leaseOf(lease, {.begin = 0, .end = 1000})});
}

std::vector<std::uint64_t> numbersOf(const Tallies& tallies) {
  std::vector<std::uint64_t> numbers;
  for (const LeaseTally& tally : tallies) numbers.push_back(tally.sequence);
  return numbers;
}

TEST_CASE("adjoining tallies of one lease are sent as one") {
  Outbox outbox;
  add(outbox, 1, {.begin = 0, .end = 10});
  add(outbox, 1, {.begin = 10, .end = 30});
  add(outbox, 2, {.begin = 30, .end = 40});
  add(outbox, 2, {.begin = 50, .end = 60});

  CHECK(unnumbered(outbox.send()) == Tallies{spanOf(1, {.begin = 0, .end = 30}),
                                             spanOf(2, {.begin = 30, .end = 40}),
                                             spanOf(2, {.begin = 50, .end = 60})});
  CHECK_FALSE(outbox.hasUnsent());
}

TEST_CASE("a tally is not changed once it was sent") {
  Outbox outbox;
  add(outbox, 1, {.begin = 0, .end = 10});
  outbox.send();
  add(outbox, 1, {.begin = 10, .end = 20});

  CHECK(unnumbered(outbox.sendAll()) ==
        Tallies{spanOf(1, {.begin = 0, .end = 10}), spanOf(1, {.begin = 10, .end = 20})});
}

TEST_CASE("tallies are numbered in the order in which they are sent, and keep their numbers") {
  Outbox outbox;
  add(outbox, 1, {.begin = 0, .end = 10});
  add(outbox, 2, {.begin = 0, .end = 10});
  CHECK(numbersOf(outbox.send()) == std::vector<std::uint64_t>{1, 2});
  add(outbox, 2, {.begin = 10, .end = 20});

  CHECK(numbersOf(outbox.sendAll()) == std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE("tallies that are not committed are sent again, with the leases that they belong to") {
  Outbox outbox;
  for (std::uint64_t lease : {1, 2, 3}) add(outbox, lease, {.begin = 0, .end = 10});
  outbox.send();

  outbox.commit(1);

  CHECK(outbox.leases() ==
        std::vector{leaseOf(2, {.begin = 0, .end = 1000}), leaseOf(3, {.begin = 0, .end = 1000})});
  CHECK(numbersOf(outbox.sendAll()) == std::vector<std::uint64_t>{2, 3});
  outbox.commit(3);
  CHECK(outbox.isEmpty());
}

TEST_CASE("a tally that was not sent cannot be committed") {
  Outbox outbox;
  add(outbox, 1, {.begin = 0, .end = 10});

  outbox.commit(100);

  CHECK(outbox.hasUnsent());
  CHECK(numbersOf(outbox.send()) == std::vector<std::uint64_t>{1});
}

TEST_CASE("a scheduler that never commits does not fill the worker's memory") {
  Outbox outbox;
  for (std::uint64_t lease = 1; lease <= 10'000; ++lease) {
    add(outbox, lease, {.begin = 0, .end = 10});
    outbox.send();
    outbox.checkInvariants();
  }

  CHECK(outbox.sendAll().size() == kUncommittedTalliesMax);
  CHECK(outbox.sendAll().back().sequence == 10'000);
}

}  // namespace
}  // namespace pi::worker
