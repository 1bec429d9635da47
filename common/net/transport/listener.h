// Accepts the connections of peers on a port.
#pragma once

#include <kj/function.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/tls/tls.h"
#include "common/net/transport/buffered_socket.h"
#include "common/net/transport/limits.h"

namespace pi::net {

struct ListenOptions {
  std::vector<std::string> hosts{};  // Names or numeric addresses.  Empty: every interface.
  std::uint16_t port = 0;            // 0: any free port.
  // The option with which the user chooses both; it is named in errors.  Empty: --host and --port.
  std::string option{};
  // Whose handshakes these are, in the line about them at the end.
  std::string peers = "workers and clients";
  // Open connections, without handshakes.  A peer beyond the limit is told that the scheduler is
  // full.
  std::size_t connectionsMax = kConnectionsMax;
  // The parts of connectionsMax that clients and workers may use, so that neither keeps out the
  // other, and the part that only the owner may use.  Without TLS there are no roles, and every
  // peer may use all of them.
  std::size_t clientsMax = kClientConnectionsMax;
  std::size_t workerConnectionsMax = kWorkerConnectionsMax;
  std::size_t keptForOwner = kOwnerConnectionsKept;
  // The listener adds a budget of its own: buffersMax bytes for all its sockets beyond their
  // shares.
  StreamLimits stream{};
  std::size_t buffersMax = kBuffersBytesMax;
  std::shared_ptr<const TlsContext> tls{};  // Null: no TLS, and every peer is accepted.
  // Handshakes under way.  At the limit, new peers wait in the kernel's queue until a handshake
  // ends, or is ended because it takes longer than `handshakeSlow`.  Handshakes are not counted by
  // address, since all users of a login node share one.
  std::size_t handshakesMax = kHandshakesMax;
  Duration handshakeSlow = kHandshakeSlow;
  Duration handshakeMax = kHandshakeMax;  // A handshake that takes longer fails.
};

// Handshakes since the start.
struct HandshakeCounts {
  std::uint64_t begun = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t displaced = 0;  // Ended because they were slow and others waited.
};

// Why listening failed, in one sentence that names the address.
class ListenError : public std::runtime_error {
 public:
  ListenError(const std::string& sentence, bool taken)
      : std::runtime_error(sentence), isTaken_(taken) {}
  bool isTaken() const { return isTaken_; }  // The port is in use; another one may be free.

 private:
  bool isTaken_;
};

// With TLS, it hands out only peers whose handshake has succeeded, and logs the others with their
// address, at most kHandshakeLinesPerSecond.  Accepting and handshakes run in the background of the
// loop, so that strangers delay no peer that is in.  It listens until it is destroyed; the
// connections it has accepted stay open.  Without free file descriptors it pauses and retries.  Do
// not destroy it inside `onPeer`.
class Listener {
 public:
  using OnPeer = kj::Function<void(std::shared_ptr<BufferedSocket>)>;

  // Throws ListenError.  `onPeer` runs inside the loop and must not wait for a promise.
  Listener(KjLoop& loop, const ListenOptions& options, OnPeer onPeer);
  KJ_DISALLOW_COPY(Listener);
  ~Listener();

  std::uint16_t port() const { return port_; }
  // The numeric addresses at which peers can reach it; those for other machines come first.
  std::vector<Address> addresses() const;
  // True if it listens only on loopback addresses.
  bool isLocal() const;
  std::size_t connections() const;  // Open now, without handshakes.
  const std::map<Role, std::size_t>& connectionsByRole() const;
  std::size_t handshakes() const;  // Under way now.
  const HandshakeCounts& handshakeCounts() const;

 private:
  struct Shared;
  struct Port;
  struct Pending;

  std::shared_ptr<Shared> shared_;
  std::uint16_t port_ = 0;
};

// Raises the limit on open files as far as possible without privileges.  Returns the new limit.
std::size_t raiseOpenFilesLimit();

// The options with limits that fit into `filesMax` open files: fewer connections (clients may use
// half of them, and workers all but an eighth), and fewer and so quicker handshakes.
ListenOptions withinOpenFiles(ListenOptions options, std::size_t filesMax);

// The open files that the options allow for, with those of the rest of the process.
std::size_t openFilesFor(const ListenOptions& options);

}  // namespace pi::net
