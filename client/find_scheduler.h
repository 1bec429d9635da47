// Where the scheduler is that a command is for.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "client/options.h"
#include "common/net/client_link.h"
#include "common/net/kj_loop.h"

namespace pi::client {

// Where to look, and what to say about it if nobody answers.
struct Whereabouts {
  std::vector<Address> addresses;
  std::string source;    // "--scheduler", or the connection file's path.
  bool isStale = false;  // The file was left behind by a scheduler of this machine that is gone.
};

// From the command line or the connection file; nothing if there is neither.  Throws Failure for a
// file that cannot be used.
std::optional<Whereabouts> findScheduler(const Options& options);

// Throws Failure: 3 if nobody answers, 4 if the scheduler refuses.
net::ClientLink connect(net::KjLoop& loop, const Whereabouts& whereabouts);

// The same for commands that make no sense without a scheduler.
net::ClientLink connectTo(net::KjLoop& loop, const Options& options);

}  // namespace pi::client
