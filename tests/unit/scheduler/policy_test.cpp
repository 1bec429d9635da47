#include "scheduler/core/policy.h"

#include <doctest/doctest.h>

#include "common/model/sample_range.h"

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr LeasePolicy kPolicy{.target = milliseconds(100), .minimum = milliseconds(10)};
constexpr WorkerId kAnn{1}, kBob{2}, kCid{3};

Load load(WorkerId worker, double backlogSeconds, std::uint64_t speed) {
  return {.worker = worker, .backlogSeconds = backlogSeconds, .speeds = {speed, speed}};
}

TEST_CASE("while much is open a lease takes the target time on its worker") {
  constexpr std::uint64_t kOpen = 1'000'000'000;

  CHECK(leaseCost(kPolicy, 1000, 1000, kOpen) == 100);
  CHECK(leaseCost(kPolicy, 50'000, 1'000'000, kOpen) == 5000);
}

TEST_CASE("as a job runs out a lease is half of its worker's share of what is open") {
  CHECK(leaseCost(kPolicy, 1000, 1000, 120) == 60);
  CHECK(leaseCost(kPolicy, 1000, 4000, 320) == 40);
}

TEST_CASE("a lease never takes less than the minimum time") {
  CHECK(leaseCost(kPolicy, 1000, 1'000'000, 100) == 10);
  CHECK(leaseCost(kPolicy, 1, 1, 1) == 1);
}

TEST_CASE("a target below the minimum time is kept") {
  LeasePolicy policy{.target = milliseconds(5), .minimum = milliseconds(10)};

  CHECK(leaseCost(policy, 1000, 1000, 1'000'000) == 5);
}

TEST_CASE("the leases of a far worker take several round trips, and none takes less than one") {
  LeasePolicy near = forRoundTrip(kPolicy, milliseconds(1));
  CHECK(near.target == kPolicy.target);
  CHECK(near.minimum == kPolicy.minimum);

  LeasePolicy far = forRoundTrip(kPolicy, milliseconds(300));
  CHECK(far.target == milliseconds(1200));
  CHECK(far.minimum == milliseconds(300));
}

TEST_CASE("a worker is trusted with 16 times what was counted of it, and a little at first") {
  TrustPolicy policy{.firstCost = 1000, .target = milliseconds(100)};

  CHECK(trustedCost(policy, 0) == 1000);
  CHECK(trustedCost(policy, 50) == 1000);
  CHECK(trustedCost(policy, 1000) == 16'000);
  CHECK(trustedCost(policy, ~std::uint64_t{0}) == kSamplesEnd);
  CHECK(trustedSpeed(policy, 1000) == 10'000);
  CHECK(trustedSpeed(policy, kSamplesEnd) == 1'000'000'000'000'000);
  CHECK(trustedSpeed({.firstCost = 0, .target = seconds(1)}, 0) == 1);
}

TEST_CASE("the cost of a long time does not overflow") {
  CHECK(costIn(1.5, 2000) == 3000);
  CHECK(costIn(3.6e9, 1'000'000'000'000'000) == kSamplesEnd);
  CHECK(costIn(0, 1000) == 0);
}

TEST_CASE("as many workers are interrupted as are the new job's share") {
  Interruption interruption({.cost = 1'000'000, .share = 2}, seconds(1), milliseconds(20));

  CHECK(interruption.decide(10, 1000));
  CHECK_FALSE(interruption.isEnough());
  CHECK(interruption.decide(10, 1000));
  CHECK(interruption.isEnough());
  CHECK_FALSE(interruption.decide(10, 1000));
}

TEST_CASE("only as many workers are interrupted as the new job can use") {
  Interruption interruption({.cost = 1500, .share = 3}, seconds(1), milliseconds(20));

  CHECK(interruption.decide(10, 1000));
  CHECK(interruption.decide(10, 1000));
  CHECK(interruption.isEnough());
}

TEST_CASE("a worker that will soon ask for work counts for the share, and is not interrupted") {
  Interruption interruption({.cost = 1'000'000, .share = 2}, seconds(1), milliseconds(20));

  CHECK_FALSE(interruption.decide(0.01, 1000));
  CHECK(interruption.decide(10, 1000));
  CHECK(interruption.isEnough());
}

TEST_CASE("a busy worker gives up as much as lets both end together") {
  std::vector<Move> moves =
      chooseMoves({load(kAnn, 12, 1000)}, std::vector{load(kBob, 0, 3000)}, milliseconds(1));

  REQUIRE(moves.size() == 1);
  CHECK(moves[0].from == kAnn);
  CHECK(moves[0].cost == 9000);  // Ann keeps 3,000, and both need 3 seconds.
}

TEST_CASE("the busiest worker shares with the one that has waited longest") {
  std::vector<Move> moves =
      chooseMoves({load(kAnn, 5, 1000), load(kBob, 12, 1000)},
                  std::vector{load(kCid, 0, 1000), load(WorkerId{4}, 0, 1000)}, milliseconds(1));

  REQUIRE(moves.size() == 2);
  CHECK(moves[0].from == kBob);
  CHECK(moves[1].from == kAnn);
}

TEST_CASE("a worker does not share with itself") {
  CHECK(chooseMoves({load(kAnn, 5, 1000)}, std::vector{load(kAnn, 5, 1000)}, milliseconds(1))
            .empty());
}

TEST_CASE("a move that gains too little is not made") {
  CHECK(chooseMoves({load(kAnn, 0.001, 1000)}, std::vector{load(kBob, 0, 1000)}, milliseconds(1))
            .empty());
}

TEST_CASE("the speeds of a move are those for the kind of work that is moved") {
  Load slow{.worker = kAnn, .backlogSeconds = 10, .speeds = {1, 100}, .kind = WorkKind::kSobol};
  Load idle{.worker = kBob, .speeds = {1'000'000, 100}};

  std::vector<Move> moves = chooseMoves({slow}, std::vector{idle}, milliseconds(1));

  REQUIRE(moves.size() == 1);
  CHECK(moves[0].cost == 500);
}

}  // namespace
}  // namespace pi::scheduler
