#include "worker/core/departure.h"

#include <algorithm>

#include "common/base/check.h"
#include "worker/core/limits.h"

namespace pi::worker {

Departure::Departure(Duration lifetime, Instant now, std::optional<Duration> killedAfter) {
  if (lifetime > Duration::zero()) deadline_ = now + lifetime;
  if (!killedAfter) return;
  constexpr Duration kToLeave = kStopMax + kLeaveMax;
  deadline_ = earliest({deadline_, now + std::max(*killedAfter - kToLeave, Duration::zero())});
}

std::optional<Duration> Departure::timeLeft(Instant now) const {
  if (isDraining()) return Duration::zero();
  if (!deadline_) return std::nullopt;
  return std::max(*deadline_ - now, Duration::zero());
}

void Departure::stop(Instant now) {
  PI_CHECK(stage_ == Stage::kWorking);
  stage_ = Stage::kStopping;
  deadline_ = now + kStopMax;
}

void Departure::leave(bool isOnline, Instant now) {
  PI_CHECK(stage_ == Stage::kStopping);
  stage_ = Stage::kLeaving;
  deadline_ = now + (isOnline ? kLeaveMax : kLeaveMaxOffline);
}

void Departure::goOffline(Instant now) {
  if (isLeaving()) deadline_ = std::min(*deadline_, now + kLeaveMaxOffline);
}

void Departure::compensateForPause(Duration pause) {
  if (isDraining()) *deadline_ += pause;
}

void Departure::checkInvariants() const { PI_CHECK(!isDraining() || deadline_.has_value()); }

}  // namespace pi::worker
