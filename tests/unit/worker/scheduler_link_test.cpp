#include "worker/core/scheduler_link.h"

#include <doctest/doctest.h>

#include "common/base/backoff.h"
#include "worker/core/limits.h"

namespace pi::worker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kStart = Instant{} + std::chrono::hours(1);
constexpr Duration kNever{};

// A link that is up since kStart.
SchedulerLink joined(Duration deathTimeout = kNever) {
  SchedulerLink link(deathTimeout, kStart);
  link.connect();
  REQUIRE(link.reach(kStart));
  REQUIRE(link.enter(kStart));
  REQUIRE(link.join(kStart));
  return link;
}

TEST_CASE("the first attempt is due at once") {
  SchedulerLink link(kNever, kStart);
  CHECK(link.retryAt() == kStart);
  link.checkInvariants();

  link.connect();

  CHECK_FALSE(link.retryAt());
  link.checkInvariants();
}

TEST_CASE("a step of an attempt that comes out of turn changes nothing") {
  SchedulerLink link(kNever, kStart);
  link.connect();
  CHECK_FALSE(link.enter(kStart));
  CHECK_FALSE(link.join(kStart));
  REQUIRE(link.reach(kStart));
  CHECK_FALSE(link.reach(kStart));
  CHECK_FALSE(link.join(kStart));
  REQUIRE(link.enter(kStart));
  REQUIRE(link.join(kStart));
  CHECK_FALSE(link.join(kStart));
  CHECK(link.isUp());
}

TEST_CASE("a link is lost once, with all calls on it") {
  SchedulerLink link = joined();
  link.startExchange();
  link.startReport(kStart);
  link.giveUp();

  CHECK(link.lose({}, kStart));

  CHECK(link.retryAt().has_value());
  CHECK_FALSE(link.isExchanging());
  CHECK_FALSE(link.isReporting());
  link.checkInvariants();
  CHECK_FALSE(link.lose({}, kStart + seconds(1)));
  CHECK(link.retryAt() == kStart + kBackoffMin);

  link.connect();
  link.reach(kStart + seconds(1));
  CHECK(link.answerBy() ==
        kStart + seconds(1) + kSchedulerAnswerMax);  // Giving up ended with the loss.
}

TEST_CASE(
    "entering, joining and reporting wait for an answer, but connecting and exchanging do not") {
  SchedulerLink link(kNever, kStart);
  link.connect();
  CHECK_FALSE(link.answerBy());
  link.reach(kStart + seconds(1));
  CHECK(link.answerBy() == kStart + seconds(1) + kSchedulerAnswerMax);
  link.enter(kStart + seconds(2));
  CHECK(link.answerBy() == kStart + seconds(2) + kSchedulerAnswerMax);
  link.join(kStart);
  link.startExchange();
  CHECK_FALSE(link.answerBy());
  link.startReport(kStart + seconds(3));
  CHECK(link.answerBy() == kStart + seconds(3) + kSchedulerAnswerMax);

  link.giveUp();

  CHECK_FALSE(link.answerBy());
}

TEST_CASE("a short death timeout also limits the wait for an answer") {
  SchedulerLink link = joined(seconds(2));
  link.startReport(kStart);
  CHECK(link.answerBy() == kStart + seconds(2));
}

TEST_CASE("the death timeout does not strike before one attempt has called every address") {
  SchedulerLink link(seconds(60), kStart);
  link.connect();
  CHECK_FALSE(link.deathAt());

  link.lose({}, kStart + minutes(5));
  CHECK(link.deathAt() == kStart + seconds(60));

  link.connect();
  link.reach(kStart + minutes(6));
  link.enter(kStart + minutes(6));
  link.join(kStart + minutes(6));
  link.lose({}, kStart + minutes(7));
  CHECK_FALSE(link.deathAt());  // The scheduler may have another address now.
  link.connect();
  link.lose({}, kStart + minutes(9));
  CHECK(link.deathAt() == kStart + minutes(8));
}

TEST_CASE("a refused worker waits longer, and workers that are refused together spread out") {
  SchedulerLink link(kNever, kStart);
  Instant lost = kStart;
  for (int attempt = 0; attempt < 12; ++attempt) {
    for (std::uint64_t random : {std::uint64_t{0}, ~std::uint64_t{0}}) {
      link.connect();
      link.lose({.random = random, .isRefusal = true}, lost);
      CHECK(*link.retryAt() >= lost + seconds(1));
      CHECK(*link.retryAt() <= lost + seconds(15));
      bool isLate = *link.retryAt() >= lost + seconds(4);
      CHECK(isLate == (random > 0));
      lost = *link.retryAt();
    }
  }
  link.connect();
  link.lose({.random = ~std::uint64_t{0}}, lost);
  CHECK(*link.retryAt() <= lost + kBackoffMax);  // Not refused: the usual wait.
}

TEST_CASE("the answers to entering, joining and reporting tell the round trip") {
  using std::chrono::milliseconds;
  SchedulerLink link(kNever, kStart);
  link.connect();
  link.reach(kStart);
  CHECK(link.enter(kStart + milliseconds(100)) == milliseconds(100));
  CHECK(link.join(kStart + milliseconds(250)) == milliseconds(150));
  CHECK_FALSE(link.finishReport(kStart + seconds(1)));
  link.startReport(kStart + seconds(2));
  link.compensateForPause(minutes(1));
  CHECK(link.finishReport(kStart + minutes(1) + milliseconds(2300)) == milliseconds(300));
  CHECK_FALSE(link.finishReport(kStart + minutes(2)));
}

TEST_CASE("the death timeout counts from the loss of the link, not from a failed attempt") {
  SchedulerLink link = joined(minutes(1));
  CHECK_FALSE(link.deathAt());
  link.lose({}, kStart + seconds(5));
  link.connect();
  link.lose({}, kStart + seconds(9));
  CHECK(link.deathAt() == kStart + seconds(5) + minutes(1));
}

TEST_CASE("a pause of the process extends the death timeout and the wait for an answer") {
  SchedulerLink link(minutes(1), kStart);
  link.connect();
  link.lose({}, kStart);
  link.connect();
  link.reach(kStart);

  link.compensateForPause(minutes(10));

  CHECK(link.answerBy() == kStart + kSchedulerAnswerMax + minutes(10));
  CHECK(link.deathAt() == kStart + minutes(11));
}

TEST_CASE("a link in a hurry tries again at once, and then after the shortest wait") {
  SchedulerLink link(kNever, kStart);
  for (int attempt = 0; attempt < 12; ++attempt) {
    link.connect();
    link.lose({.random = ~std::uint64_t{0}}, kStart);
  }
  REQUIRE(*link.retryAt() > kStart + 2 * kBackoffMin);

  link.hurry(kStart);

  CHECK(link.retryAt() == kStart);
  link.connect();
  link.lose({.random = ~std::uint64_t{0}}, kStart);
  CHECK(link.retryAt() == kStart + kBackoffMin);
}

}  // namespace
}  // namespace pi::worker
