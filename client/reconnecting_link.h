// A client's connection to the scheduler that is made again when it is lost.
#pragma once

#include <kj/function.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "client/interruption.h"
#include "client/options.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

// How a wait ended.
enum class Outcome { kDone, kTimedOut, kInterrupted };

// Parts of the two messages about a lost scheduler.
struct LossAdvice {
  std::string whenBack;  // "job 7 continues"
  std::string remedy;    // "continue with pi-client wait 7"
};

class ReconnectingLink {
 public:
  // Connects to the scheduler.  Throws Failure or net::ConnectError, at the deadline at the latest.
  using Connect = kj::Function<net::ClientLink(std::optional<Instant> deadline)>;
  // A task that uses the connection.  It must destroy everything that came from the connection
  // before it returns or throws.
  using Step = kj::FunctionParam<Outcome(net::ClientLink& link)>;

  struct Setup {
    ReconnectLimits limits{};
    Interruption* interruption = nullptr;  // Null: a signal ends the process.
    // Null: never reconnect, since the scheduler runs in this process.
    kj::Maybe<Connect> connect = nullptr;
  };

  // The deadline of `link` is the deadline of the whole conversation, over all connections.
  ReconnectingLink(net::ClientLink link, Setup setup);
  KJ_DISALLOW_COPY(ReconnectingLink);

  const ReconnectLimits& limits() const { return setup_.limits; }

  // Null while the scheduler is lost.
  net::ClientLink* link() { return link_ ? &*link_ : nullptr; }

  // To be called by a step when the scheduler has answered it.  A connection without an answer does
  // not count as working.
  void noteAnswer() { hasAnswered_ = true; }

  void setLossAdvice(LossAdvice advice) { advice_ = std::move(advice); }

  // Runs the step.  If the scheduler is lost or silent meanwhile, reconnects and runs the step
  // again from its beginning.  Returns the step's outcome, or how reconnecting ended.  Throws
  // Failure with kNoScheduler or kRefused if no connection could be made within the limits.
  Outcome run(Step step);

 private:
  bool tryStep(Step& step, Outcome& outcome);
  void reportLoss();
  std::optional<Outcome> reconnect();
  std::optional<Outcome> pauseUntil(Instant time);
  bool tryConnect(Instant attemptEnd);

  net::KjLoop& loop_;
  Setup setup_;
  const std::optional<Instant> deadline_;
  LossAdvice advice_;
  std::optional<net::ClientLink> link_;  // Empty while the scheduler is lost.
  Instant connectedAt_{};
  bool hasAnswered_ = false;  // On this connection.
  Instant lostAt_{};
  bool hasMadeLastAttempt_ = false;   // The one after limits.absence has passed.
  std::uint32_t failedAttempts_ = 0;  // Since the last connection that worked.
  std::string refusal_;               // The error of the last attempt, if it was refused.
};

}  // namespace pi::client
