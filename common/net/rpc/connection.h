// One peer: its socket, the RPC system on it, and a promise for its end.
#pragma once

#include <capnp/capability.h>
#include <kj/async.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/net/rpc/limits.h"
#include "common/net/rpc/peer_network.h"
#include "common/net/transport/message_socket.h"

namespace pi::net {

struct ConnectionLimits {
  int nestingMax = kNestingMax;
  std::size_t callWordsMax = kCallWordsMax;
  std::uint64_t callsMax = kCallsMax;
  CallObserver* observer = nullptr;  // Must outlive the connection.
};

// Destroying it drops all capabilities that the peer has given to us or got from us.  Do not
// destroy it inside one of its own calls: call close(), and destroy it when onDisconnect() has
// resolved.
class Connection {
 public:
  // Serves `bootstrap` to the peer that has connected to us.
  Connection(kj::Own<MessageSocket> socket, capnp::Capability::Client bootstrap,
             const ConnectionLimits& limits = {});
  // For a peer that we have connected to.
  explicit Connection(kj::Own<MessageSocket> socket, const ConnectionLimits& limits = {});
  KJ_DISALLOW_COPY(Connection);

  // The peer's bootstrap capability; only on the side that has connected.
  capnp::Capability::Client bootstrap();

  // Resolves when the connection has ended, for any reason; never fails.  May be called any number
  // of times.
  kj::Promise<void> onDisconnect() { return disconnected_.addBranch(); }

  // Resolves once all that was sent so far is handed to the kernel, or the connection has failed.
  kj::Promise<void> flush() { return socket_->flush(); }

  // Ends the connection; output still leaves.  Does nothing if it has ended already.
  void close() { socket_->close(); }

  const std::string& peer() const { return socket_->peer(); }  // The peer's address, for people.
  Role role() const { return socket_->role(); }                // The peer's role by its key.
  // Why we have cut the peer off or lost it, for the log; nullopt if neither.
  std::optional<std::string> failure() const;

 private:
  Connection(kj::Own<MessageSocket>&& socket, capnp::rpc::twoparty::Side side,
             kj::Maybe<capnp::Capability::Client> bootstrap, const ConnectionLimits& limits);

  kj::Own<MessageSocket> socket_;
  PeerNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;
  kj::Maybe<capnp::Capability::Client> bootstrap_;
  kj::ForkedPromise<void> disconnected_;
};

}  // namespace pi::net
