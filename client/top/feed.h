// Asks the scheduler for what 'pi-client top' shows, and reconnects when it is lost.
#pragma once

#include <optional>
#include <string>

#include "client/options.h"
#include "client/top/state.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/rpc/client_link.h"

namespace pi::client::top {

class Feed {
 public:
  // A key that leaves waits for the end of a call, so a view on the screen is less patient than
  // other commands.
  enum class Patience { kShort, kUsual };
  // Connects.  Throws like connectToScheduler().
  Feed(net::KjLoop& loop, const Options& options, Patience patience);
  KJ_DISALLOW_COPY(Feed);

  // Updates what is shown, or says why the scheduler is lost.
  void ask(State& state);
  // The same once, for the selected job of `state`; throws like the calls of job_calls.h.
  Snapshot snapshot(const State& state);
  // Cancels a job.  Returns the news for the user.
  std::string cancel(const Cancel& wish);

 private:
  void lose(State& state, const std::string& why);
  net::ClientLink& link();

  net::KjLoop& loop_;
  const Options& options_;
  const Patience patience_;
  std::optional<net::ClientLink> link_;  // Empty while the scheduler is lost.
  std::optional<Instant> lostAt_;
};

}  // namespace pi::client::top
