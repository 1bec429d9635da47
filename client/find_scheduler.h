// Where the scheduler is that a command is for.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "client/options.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

// Where to look, and what to say about it if nobody answers.
struct Whereabouts {
  std::vector<Address> addresses;
  net::Credentials credentials;
  std::string source;    // "--scheduler", or the connection file's path.
  bool isStale = false;  // The file was left behind by a scheduler of this machine that is gone.
};

// From the command line or the connection file; nothing if there is neither.  Throws Failure for a
// file that cannot be used.
std::optional<Whereabouts> findScheduler(const Options& options);

// Throws Failure if nobody is there, and net::ConnectError for every other trouble.
net::ClientLink connect(net::KjLoop& loop, const Whereabouts& whereabouts,
                        std::optional<Instant> deadline);

// The same for commands that make no sense without a scheduler.
net::ClientLink connectTo(net::KjLoop& loop, const Options& options,
                          std::optional<Instant> deadline = std::nullopt);

}  // namespace pi::client
