#include "scheduler/allocation/core/queue.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::allocation {
namespace {

Duration retryAfter(std::uint32_t failures, const Settings& settings) {
  Duration wait = settings.retryMin;
  for (std::uint32_t i = 1; i < failures && wait < settings.retryMax; ++i) wait *= 2;
  return std::min(wait, settings.retryMax);
}

}  // namespace

bool Queue::noteFailure(Failure failure, const std::string& sentence, Instant now,
                        const Settings& settings) {
  lastFailure_ = sentence;
  std::uint32_t& count = failure == Failure::kRefused ? refusals_
                         : failure == Failure::kStart ? failedStarts_
                                                      : unreachable_;
  ++count;
  Instant retryAt = now + retryAfter(count, settings);
  retryAt_ = std::max(retryAt_.value_or(retryAt), retryAt);
  if (failure == Failure::kUnreachable || count < settings.failuresMax || pausedBecause_) {
    return false;
  }
  pause(sentence);
  return true;
}

void Queue::noteSubmitted() {
  refusals_ = 0;
  unreachable_ = 0;
}

void Queue::resume() {
  pausedBecause_.reset();
  retryAt_.reset();
  lateStart_.reset();
  lastFailure_.clear();
  refusals_ = failedStarts_ = unreachable_ = 0;
}

void Queue::noteLateStart(Instant startsAt, Instant now, const Settings& settings) {
  lateStart_ = LateStart{.startsAt = startsAt, .believedUntil = now + settings.lateStartMemory};
}

bool Queue::startsTooLate(Instant doneAt, Instant now) const {
  return lateStart_ && now < lateStart_->believedUntil && doneAt < lateStart_->startsAt;
}

void Queue::checkInvariants(const Settings& settings) const {
  PI_CHECK(spent_ >= NodeTime::zero());
  bool isAtLimit = std::max(refusals_, failedStarts_) >= settings.failuresMax;
  PI_CHECK(!isAtLimit || pausedBecause_.has_value());
}

}  // namespace pi::allocation
