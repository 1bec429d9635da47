// The listener and the connection file of a scheduler: peers find it, and are let in.
#pragma once

#include <kj/async.h>
#include <kj/function.h>
#include <kj/memory.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/transport/listener.h"
#include "scheduler/published_file.h"
#include "scheduler/rpc/connection_manager.h"
#include "scheduler/serve_options.h"
#include "scheduler/state_directory.h"
#include "scheduler/web_entrance.h"

namespace pi::scheduler {

// Listens, and says on stdout and in the connection file where.  Looks at this machine's addresses
// and at the file every few seconds, and keeps the file true.  Destroying it closes the listener
// and then removes the file; connections that are open live on.
class Entrance {
 public:
  // Opens the dashboard when it listens itself, and publishes both.
  using OpenDashboard = kj::Function<PublishedDashboard()>;
  // Throws net::ListenError, net::KeyError or net::ConnectionFileError.
  Entrance(net::KjLoop& loop, const ServeOptions& options, const StateDirectory& state,
           ConnectionManager& connections, OpenDashboard openDashboard);
  KJ_DISALLOW_COPY(Entrance);

  // The addresses for peers: the one that the user gave, then those of the listener.
  std::vector<Address> addresses() const;
  const net::Listener& listener() const { return *listener_; }

 private:
  std::optional<std::string> warning() const;
  void warnOfReach();
  kj::Promise<void> keepTrue();

  net::KjLoop& loop_;
  const ServeOptions options_;
  std::optional<std::string> lastWarning_;
  kj::Own<PublishedFile> file_;
  kj::Own<net::Listener> listener_;
  kj::Promise<void> keeping_ = nullptr;
};

// Throws an exception with one sentence if the options name what cannot be used: one file for two
// things, an interface that does not exist, certificates that cannot be read.  Makes nothing on
// disk.
void refuseWrongOptions(const ServeOptions& options);

// Throws StateDirectoryError if the scheduler of the connection file proves that it is still there:
// its workers and clients would no longer find it.  Logs what else is found.
void refuseToHide(net::KjLoop& loop, const ServeOptions& options);

}  // namespace pi::scheduler
