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
  // Connects.  Throws like connectToScheduler().
  Feed(net::KjLoop& loop, const Options& options);
  KJ_DISALLOW_COPY(Feed);

  // Updates what is shown, or says why the scheduler is lost.  Waits for at most a few seconds.
  void ask(State& state);
  // Cancels a job.  Returns the news for the user.
  std::string cancel(const Cancel& wish);

 private:
  void lose(State& state, const std::string& why);
  Snapshot snapshot(const State& state);
  net::ClientLink& link();

  net::KjLoop& loop_;
  const Options& options_;
  std::optional<net::ClientLink> link_;  // Empty while the scheduler is lost.
  std::optional<Instant> lostAt_;
};

}  // namespace pi::client::top
