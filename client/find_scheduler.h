// Finds the scheduler that a command is for, and connects to it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/options.h"
#include "client/reconnecting_link.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

struct SchedulerLocation {
  std::vector<Address> addresses;
  net::Credentials credentials;
  std::string source;    // "--scheduler", or the path of the connection file.
  bool isStale = false;  // The scheduler that wrote the file ran on this machine and has ended.
};

// The connection file that the options name, or the default one.
std::filesystem::path connectionFilePath(const Options& options);

// Reads the options and the connection file.  Nullopt if there is neither an address nor a
// connection file, and the user has named none.  Throws Failure for a connection file that cannot
// be used.
std::optional<SchedulerLocation> findScheduler(const Options& options);

// Throws Failure if no scheduler runs there, else net::ConnectError.
net::ClientLink connect(net::KjLoop& loop, const SchedulerLocation& location,
                        std::optional<Instant> deadline);

// Both in one, for commands that need a scheduler.
net::ClientLink connectToScheduler(net::KjLoop& loop, const Options& options,
                                   std::optional<Instant> deadline = std::nullopt);

// The connection file, for commands that need no connection.  Throws Failure if it cannot be used,
// or if its scheduler is known to have ended.
net::ConnectionFile readFileOfScheduler(const Options& options);

// How a command reconnects: it reads the connection file again, since the scheduler may have moved.
// `interruption` ends the attempts; if it is null, a signal ends the process.
ReconnectingLink::Setup reconnectBy(net::KjLoop& loop, const Options& options,
                                    Interruption* interruption = nullptr);

// Nullopt for a timeout of zero, which means no limit.
std::optional<Instant> deadlineAfter(Duration timeout);

}  // namespace pi::client
