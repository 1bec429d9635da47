// A client's link that heals: when the scheduler is lost it is looked for anew, for as long as
// patience lasts.
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

// Why a wait is over.
enum class Ending { kOver, kTimedOut, kInterrupted };

// What hangs on the link, for the two sentences that its user may read.
struct Stake {
  std::string whenBack;  // "job 7 goes on when it is back"
  std::string remedy;    // "then go on with pi-client wait 7"
};

class LastingLink {
 public:
  // Calls the scheduler where it is now.  Throws Failure or net::ConnectError; with kTimedOut at
  // the deadline at the latest.
  using Call = kj::Function<net::ClientLink(std::optional<Instant> deadline)>;
  // Something done over the link.  What it got from the link must be gone when it ends.
  using Step = kj::FunctionParam<Ending(net::ClientLink& link)>;

  struct Setup {
    Patience patience{};
    Interruption* interruption = nullptr;  // Null: nothing interrupts but the end of the program.
    // Null: never called anew, as what is at the other end ends with this process.
    kj::Maybe<Call> call = nullptr;
  };

  // The deadline of the link is that of the whole conversation.
  LastingLink(net::ClientLink link, Setup setup);
  KJ_DISALLOW_COPY(LastingLink);

  // Null while the scheduler is lost.
  net::ClientLink* link() { return link_ ? &*link_ : nullptr; }

  // The scheduler has answered a call of the step: it is there, and does not only let callers in.
  void noteAnswer() { hasAnswered_ = true; }

  void setStake(Stake stake) { stake_ = std::move(stake); }

  // Does the step, from its beginning again on a new link whenever the scheduler is lost in the
  // midst of it, that is, when it throws kj::Exception, DISCONNECTED, or net::ConnectError,
  // kSilent. How it ended, or why looking for the scheduler did.  Throws Failure, kNoScheduler,
  // when the scheduler does not come back.
  Ending perform(Step step);

 private:
  bool tryStep(Step& step, Ending& ending);
  void noteLoss();
  std::optional<Ending> mend();
  std::optional<Ending> pause(Instant until);
  bool callAnew(Instant attemptEnd);

  net::KjLoop& loop_;
  Setup setup_;
  const std::optional<Instant> deadline_;
  Stake stake_;
  std::optional<net::ClientLink> link_;  // None while the scheduler is lost.
  Instant linkedAt_{};
  bool hasAnswered_ = false;  // On this link.
  Instant lostAt_{};
  bool hasCalledLate_ = false;  // After patience was over.
  std::uint32_t failures_ = 0;  // Since the last link that held.
  std::string refusal_;         // What the last attempt was told, if it was told to go.
};

}  // namespace pi::client
