#include "client/reconnecting_link.h"

#include <kj/debug.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "client/failure.h"
#include "common/base/backoff.h"
#include "common/base/quantity.h"
#include "common/net/loop/clock.h"
#include "common/net/secrets/random.h"
#include "common/net/transport/connect_error.h"

namespace pi::client {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPauseMax = 1s;    // Between two attempts.
constexpr Duration kAttemptMax = 2s;  // An interrupt waits for the end of an attempt.

// Uniform in [0, 1).
double randomShare() {
  constexpr int kBits = 53;
  constexpr double kUnit = 1.0 / static_cast<double>(std::uint64_t{1} << kBits);
  return static_cast<double>(net::randomNumber() >> (64 - kBits)) * kUnit;
}

}  // namespace

ReconnectingLink::ReconnectingLink(net::ClientLink link, Setup setup)
    : loop_(link.loop),
      setup_(kj::mv(setup)),
      deadline_(link.deadline),
      link_(kj::mv(link)),
      connectedAt_(net::now()) {}

Outcome ReconnectingLink::run(Step step) {
  while (true) {
    Outcome outcome = Outcome::kDone;
    if (tryStep(step, outcome)) return outcome;
    reportLoss();
    if (std::optional<Outcome> ended = reconnect()) return *ended;
  }
}

// Returns false if the scheduler was lost and a new connection may be made.
bool ReconnectingLink::tryStep(Step& step, Outcome& outcome) {
  try {
    outcome = step(*link_);
    return true;
  } catch (const kj::Exception& error) {
    if (!net::isLost(error) || setup_.connect == nullptr) throw;
  } catch (const net::ConnectError& error) {
    if (error.kind() == net::ConnectFailure::kTimedOut) {
      outcome = Outcome::kTimedOut;
      return true;
    }
    if (error.kind() != net::ConnectFailure::kSilent || setup_.connect == nullptr) throw;
  }
  link_.reset();
  return false;
}

void ReconnectingLink::reportLoss() {
  Instant now = net::now();
  bool worked = hasAnswered_ && now - connectedAt_ >= setup_.limits.working;
  if (!worked && failedAttempts_ > 0) return;  // The same loss as before.
  failedAttempts_ = 0;
  lostAt_ = now;
  hasMadeLastAttempt_ = false;
  std::fprintf(
      stderr,
      "pi-client: lost the scheduler; trying to reconnect for up to %s; %s when it is back\n",
      durationText(setup_.limits.absence).c_str(), advice_.whenBack.c_str());
}

// Makes one attempt after limits.absence has passed: this process may have been suspended all the
// time, and must not give up without an attempt.
std::optional<Outcome> ReconnectingLink::reconnect() {
  Instant giveUpAt = lostAt_ + setup_.limits.absence;
  while (true) {
    Duration pause = std::min(backoff(failedAttempts_, randomShare()), kPauseMax);
    if (std::optional<Outcome> ended = pauseUntil(std::min(net::now() + pause, giveUpAt))) {
      return ended;
    }
    Instant now = net::now();
    bool isLast = now >= giveUpAt;
    if (isLast && std::exchange(hasMadeLastAttempt_, true)) {
      if (!refusal_.empty()) throw Failure(ExitCode::kRefused, refusal_);
      throw Failure(ExitCode::kNoScheduler,
                    "no scheduler for " + durationText(setup_.limits.absence) +
                        "; start pi-scheduler again, then " + advice_.remedy);
    }
    ++failedAttempts_;
    Instant attemptEnd = now + kAttemptMax;
    if (tryConnect(isLast ? attemptEnd : std::min(attemptEnd, giveUpAt))) return std::nullopt;
  }
}

// Nullopt if neither an interrupt nor the deadline came before `time`.
std::optional<Outcome> ReconnectingLink::pauseUntil(Instant time) {
  using Answer = std::optional<Outcome>;
  kj::Promise<Answer> pause =
      loop_.until(*earliest({time, deadline_})).then([] { return Answer(); });
  if (setup_.interruption != nullptr) {
    auto interrupted =
        setup_.interruption->whenSignalled().then([] { return Answer(Outcome::kInterrupted); });
    pause = interrupted.exclusiveJoin(kj::mv(pause));
  }
  Answer outcome = pause.wait(loop_.waitScope());
  if (outcome) return outcome;
  if (deadline_ && net::now() >= *deadline_) return Outcome::kTimedOut;
  return std::nullopt;
}

// Returns true if there is a connection again.  Throws if another attempt cannot succeed.  A
// refusal may be temporary: a scheduler with new keys listens shortly before it has published them,
// and another program may use the port until the scheduler is back.
bool ReconnectingLink::tryConnect(Instant attemptEnd) {
  refusal_.clear();
  try {
    link_.emplace(KJ_ASSERT_NONNULL(setup_.connect)(earliest({attemptEnd, deadline_})));
    link_->deadline = deadline_;
    connectedAt_ = net::now();
    hasAnswered_ = false;
    return true;
  } catch (const net::ConnectError& error) {
    if (error.kind() == net::ConnectFailure::kRefused) refusal_ = error.what();
  } catch (const Failure& failure) {
    if (failure.code() != ExitCode::kNoScheduler) throw;
  }
  return false;
}

}  // namespace pi::client
