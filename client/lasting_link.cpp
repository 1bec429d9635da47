#include "client/lasting_link.h"

#include <kj/debug.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "client/failure.h"
#include "common/base/backoff.h"
#include "common/net/loop/clock.h"
#include "common/net/secrets/random.h"

namespace pi::client {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPauseMax = 1s;    // Between two attempts.
constexpr Duration kAttemptMax = 2s;  // So long an interrupt may have to wait.
// A link that breaks sooner did not hold: no news, and no reason to hurry.
constexpr Duration kHeldMin = 1s;

// Evenly in [0, 1).
double randomShare() {
  constexpr int kBits = 53;
  constexpr double kUnit = 1.0 / static_cast<double>(std::uint64_t{1} << kBits);
  return static_cast<double>(net::randomNumber() >> (64 - kBits)) * kUnit;
}

std::string secondsText(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count()) + " s";
}

}  // namespace

LastingLink::LastingLink(net::ClientLink link, Setup setup)
    : loop_(link.loop),
      setup_(kj::mv(setup)),
      deadline_(link.deadline),
      link_(kj::mv(link)),
      linkedAt_(net::now()) {}

Ending LastingLink::perform(Step step) {
  while (true) {
    Ending ending = Ending::kOver;
    if (tryStep(step, ending)) return ending;
    noteLoss();
    if (std::optional<Ending> given = mend()) return *given;
  }
}

// False if the scheduler was lost.
bool LastingLink::tryStep(Step& step, Ending& ending) {
  try {
    ending = step(*link_);
    return true;
  } catch (const kj::Exception& error) {
    if (!net::isLost(error) || setup_.call == nullptr) throw;
  } catch (const net::ConnectError& error) {
    if (error.kind() == net::ConnectFailure::kTimedOut) {
      ending = Ending::kTimedOut;
      return true;
    }
    if (error.kind() != net::ConnectFailure::kSilent || setup_.call == nullptr) throw;
  }
  link_.reset();
  return false;
}

void LastingLink::noteLoss() {
  Instant now = net::now();
  bool held = hasAnswered_ && now - linkedAt_ >= kHeldMin;
  if (!held && failures_ > 0) return;  // The scheduler is as lost as it was.
  failures_ = 0;
  lostAt_ = now;
  hasCalledLate_ = false;
  std::fprintf(stderr, "pi-client: lost the scheduler; %s, waiting up to %s\n",
               stake_.whenBack.c_str(), secondsText(setup_.patience.absence).c_str());
}

// One attempt is made after patience is over: this process may itself have been stopped, and does
// not give up on a scheduler that it has not called since.
std::optional<Ending> LastingLink::mend() {
  Instant giveUpAt = lostAt_ + setup_.patience.absence;
  while (true) {
    Duration wanted = std::min(backoff(failures_, randomShare()), kPauseMax);
    if (std::optional<Ending> ending = pause(std::min(net::now() + wanted, giveUpAt))) {
      return ending;
    }
    Instant now = net::now();
    bool isLate = now >= giveUpAt;
    if (isLate && std::exchange(hasCalledLate_, true)) {
      if (!refusal_.empty()) throw Failure(ExitCode::kRefused, refusal_);
      throw Failure(ExitCode::kNoScheduler,
                    "no scheduler for " + secondsText(setup_.patience.absence) +
                        "; start it again with pi-scheduler, " + stake_.remedy);
    }
    ++failures_;
    Instant attemptEnd = now + kAttemptMax;
    if (callAnew(isLate ? attemptEnd : std::min(attemptEnd, giveUpAt))) return std::nullopt;
  }
}

// Nothing if it was neither interrupted nor ended by the deadline.
std::optional<Ending> LastingLink::pause(Instant until) {
  using Answer = std::optional<Ending>;
  kj::Promise<Answer> pause =
      loop_.until(*earliest({until, deadline_})).then([] { return Answer(); });
  if (setup_.interruption != nullptr) {
    auto interrupted =
        setup_.interruption->come().then([] { return Answer(Ending::kInterrupted); });
    pause = interrupted.exclusiveJoin(kj::mv(pause));
  }
  Answer ending = pause.wait(loop_.waitScope());
  if (ending) return ending;
  if (deadline_ && net::now() >= *deadline_) return Ending::kTimedOut;
  return std::nullopt;
}

// Whether there is a link again.  Throws when another attempt would end no better.  Being refused
// may pass: a scheduler with new keys listens a moment before it has published them, and somebody
// else may have the port of one that is away.
bool LastingLink::callAnew(Instant attemptEnd) {
  refusal_.clear();
  try {
    link_.emplace(KJ_ASSERT_NONNULL(setup_.call)(earliest({attemptEnd, deadline_})));
    link_->deadline = deadline_;
    linkedAt_ = net::now();
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
