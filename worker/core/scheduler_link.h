// The connection to the scheduler: its state, the calls that wait for an answer, the next attempt.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/clock.h"
#include "worker/core/event.h"

namespace pi::worker {

// The law: the next attempt has a time exactly while the link is down, and exchanges and reports
// are under way only while it is up.
class SchedulerLink {
 public:
  enum class State {
    kDown,
    kConnecting,  // No peer has accepted the connection yet; connecting has time limits of its own.
    kEntering,    // A peer has; it was asked to let this worker in.
    kJoining,     // It did; the worker has sent what it holds.
    kUp,          // The worker has joined.
  };

  // `deathTimeout`: how long a worker lives without a scheduler; zero for no limit.  The first
  // attempt is due at once.
  SchedulerLink(Duration deathTimeout, Instant now);

  bool isUp() const { return state_ == State::kUp; }
  bool isJoining() const { return state_ == State::kJoining; }

  // The next attempt begins.
  void connect();
  // The steps of an attempt.  False, and nothing changes, if the link is not at the step before.
  // The last two are answers of the scheduler, and return how long they took.
  bool reach(Instant now);
  std::optional<Duration> enter(Instant now);
  std::optional<Duration> join(Instant now);
  // The attempt failed, or the connection was lost; false if the link was down already.
  bool lose(const event::Disconnected& how, Instant now);
  // The connection is about to be closed, so no answer is missed on it.
  void giveUp() { isGivingUp_ = true; }
  // The next attempt is due at once, and the waits between attempts begin at the shortest again.
  void hurry(Instant now);

  // Calls to a scheduler that was joined.  An exchange may wait for as long as there is no work.
  bool isExchanging() const { return isExchanging_; }
  bool isReporting() const { return isReporting_; }
  void startExchange() { isExchanging_ = true; }
  void finishExchange() { isExchanging_ = false; }
  void startReport(Instant now);
  // Returns how long the answer took; nothing if no report is under way.
  std::optional<Duration> finishReport(Instant now);

  std::optional<Instant> retryAt() const { return retryAt_; }
  // When the scheduler has to have answered.
  std::optional<Instant> answerBy() const;
  // When the worker has been without a scheduler for the death timeout.  Nothing before an attempt
  // has failed: until then not every address was called.
  std::optional<Instant> deathAt() const;

  // The process itself was suspended: the scheduler had no chance to answer in this time.
  void compensateForPause(Duration pause);

  void checkInvariants() const;

 private:
  Duration deathTimeout_;
  State state_ = State::kDown;
  Instant downSince_;
  std::optional<Instant> retryAt_;
  std::uint32_t attemptsFailed_ = 0;
  bool hasCalled_ = false;  // An attempt has failed since the link was up.

  Instant askedAt_;  // When the call that waits for an answer was sent, exchanges aside.
  bool isExchanging_ = false;
  bool isReporting_ = false;
  bool isGivingUp_ = false;
};

}  // namespace pi::worker
