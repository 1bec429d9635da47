#include "worker/core/scheduler_link.h"

#include <algorithm>
#include <utility>

#include "common/base/backoff.h"
#include "common/base/check.h"
#include "worker/core/limits.h"

namespace pi::worker {

SchedulerLink::SchedulerLink(Duration deathTimeout, Instant now)
    : deathTimeout_(deathTimeout), downSince_(now), retryAt_(now), askedAt_(now) {}

void SchedulerLink::connect() {
  PI_CHECK(state_ == State::kDown);
  state_ = State::kConnecting;
  retryAt_.reset();
}

bool SchedulerLink::reach(Instant now) {
  if (state_ != State::kConnecting) return false;
  state_ = State::kEntering;
  askedAt_ = now;
  return true;
}

std::optional<Duration> SchedulerLink::enter(Instant now) {
  if (state_ != State::kEntering) return std::nullopt;
  state_ = State::kJoining;
  return now - std::exchange(askedAt_, now);
}

std::optional<Duration> SchedulerLink::join(Instant now) {
  if (state_ != State::kJoining) return std::nullopt;
  state_ = State::kUp;
  return now - askedAt_;
}

bool SchedulerLink::lose(const event::Disconnected& how, Instant now) {
  if (state_ == State::kDown) return false;
  hasCalled_ = state_ != State::kUp;
  if (state_ == State::kUp) {
    downSince_ = now;  // Not earlier: a scheduler that was silent may have been about to continue.
    attemptsFailed_ = 0;
  }
  state_ = State::kDown;
  isExchanging_ = isReporting_ = isGivingUp_ = false;
  constexpr double kRandomEnd = 18446744073709551616.0;
  double random = static_cast<double>(how.random) / kRandomEnd;
  retryAt_ = now + backoff(attemptsFailed_++, random, how.isRefusal ? kRefusedBackoff : kBackoff);
  return true;
}

void SchedulerLink::hurry(Instant now) {
  attemptsFailed_ = 0;
  if (retryAt_) retryAt_ = now;
}

void SchedulerLink::startReport(Instant now) {
  isReporting_ = true;
  askedAt_ = now;
}

std::optional<Duration> SchedulerLink::finishReport(Instant now) {
  if (!std::exchange(isReporting_, false)) return std::nullopt;
  return now - askedAt_;
}

std::optional<Instant> SchedulerLink::answerBy() const {
  bool isAsking = state_ == State::kEntering || state_ == State::kJoining || isReporting_;
  if (isGivingUp_ || !isAsking) return std::nullopt;
  bool isMortal = deathTimeout_ > Duration::zero();
  return askedAt_ + (isMortal ? std::min(kSchedulerAnswerMax, deathTimeout_) : kSchedulerAnswerMax);
}

std::optional<Instant> SchedulerLink::deathAt() const {
  bool isMortal = deathTimeout_ > Duration::zero();
  if (isUp() || !isMortal || !hasCalled_) return std::nullopt;
  return downSince_ + deathTimeout_;
}

void SchedulerLink::compensateForPause(Duration pause) {
  askedAt_ += pause;
  downSince_ += pause;
}

void SchedulerLink::checkInvariants() const {
  PI_CHECK(!isExchanging_ || isUp());
  PI_CHECK(!isReporting_ || isUp());
  PI_CHECK((state_ == State::kDown) == retryAt_.has_value());
}

}  // namespace pi::worker
