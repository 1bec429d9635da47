#include "worker/core/departure.h"

#include <algorithm>

#include "common/base/check.h"
#include "worker/core/limits.h"

namespace pi::worker {

Departure::Departure(Duration lifetime, Instant now) {
  if (lifetime > Duration::zero()) deadline_ = now + lifetime;
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
