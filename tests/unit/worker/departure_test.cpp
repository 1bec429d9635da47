#include "worker/core/departure.h"

#include <doctest/doctest.h>

#include "worker/core/limits.h"

namespace pi::worker {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Stage = Departure::Stage;

constexpr Instant kStart = Instant{} + hours(1);

TEST_CASE("a worker without a lifetime has no deadline until it drains") {
  Departure departure(Duration::zero(), kStart);
  CHECK_FALSE(departure.deadline());
  CHECK_FALSE(departure.isOverdue(kStart + hours(10'000)));

  departure.stop(kStart);

  CHECK(departure.stage() == Stage::kStopping);
  CHECK(departure.deadline() == kStart + kStopMax);
  departure.checkInvariants();
}

TEST_CASE("the deadline to leave is shorter without a connection") {
  Departure online(Duration::zero(), kStart);
  online.stop(kStart);
  online.leave(true, kStart);
  CHECK(online.deadline() == kStart + kLeaveMax);

  online.goOffline(kStart);
  CHECK(online.deadline() == kStart + kLeaveMaxOffline);

  Departure offline(Duration::zero(), kStart);
  offline.stop(kStart);
  offline.leave(false, kStart);
  CHECK(offline.deadline() == kStart + kLeaveMaxOffline);
}

TEST_CASE("losing the connection never gives a leaving worker more time") {
  Departure departure(Duration::zero(), kStart);
  departure.stop(kStart);
  departure.leave(true, kStart);

  departure.goOffline(kStart + kLeaveMax - Duration(1));

  CHECK(departure.deadline() == kStart + kLeaveMax);
}

TEST_CASE("losing the connection changes no deadline before the worker leaves") {
  Departure departure(minutes(55), kStart);
  departure.goOffline(kStart);
  CHECK(departure.deadline() == kStart + minutes(55));

  departure.stop(kStart);
  departure.goOffline(kStart);
  CHECK(departure.deadline() == kStart + kStopMax);
}

TEST_CASE("a pause of the process moves the deadline of a drain, but not the end of the lifetime") {
  Departure departure(minutes(55), kStart);
  departure.compensateForPause(minutes(10));
  CHECK(departure.deadline() == kStart + minutes(55));

  departure.stop(kStart);
  departure.compensateForPause(minutes(10));
  CHECK(departure.deadline() == kStart + kStopMax + minutes(10));
}

TEST_CASE("a worker whose batch job kills it drains early enough to have left") {
  Departure departure(Duration::zero(), kStart, minutes(10));
  CHECK(departure.deadline() == kStart + minutes(10) - kStopMax - kLeaveMax);
  Departure shortLived(minutes(5), kStart, minutes(10));
  CHECK(shortLived.deadline() == kStart + minutes(5));
  for (Duration killedAfter : {Duration(-1), Duration(0), kStopMax}) {
    Departure tooLate(Duration::zero(), kStart, killedAfter);
    CHECK(tooLate.deadline() == kStart);
    CHECK(tooLate.isOverdue(kStart));
  }
}

TEST_CASE("the time left is that until the worker drains by itself") {
  CHECK_FALSE(Departure(Duration::zero(), kStart).timeLeft(kStart));

  Departure departure(minutes(55), kStart);
  CHECK(departure.timeLeft(kStart + minutes(10)) == minutes(45));
  CHECK(departure.timeLeft(kStart + hours(2)) == Duration::zero());
  departure.stop(kStart);
  CHECK(departure.timeLeft(kStart) == Duration::zero());
}

}  // namespace
}  // namespace pi::worker
