// One peer: its socket, the RPC system on it, and the news of its end.
#pragma once

#include <capnp/capability.h>
#include <kj/async.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/net/rpc/peer_network.h"
#include "common/net/transport/message_socket.h"

namespace pi::net {

struct ConnectionLimits {
  int nestingMax = 32;
  // Incoming calls that were not answered yet, in words: at the limit nothing more is read.
  std::size_t callWordsMax = std::size_t{64} << 10;
  // Incoming calls that were not answered yet, or that the peer is not finished with: with more,
  // it is cut off.
  std::uint64_t callsMax = 1024;
};

// Destroying it drops every capability from the peer and every one given to it; never do so inside
// one of this connection's own calls: close(), and destroy it when onDisconnect() says so.
class Connection {
 public:
  // Serves `door` to the peer that called us.
  Connection(kj::Own<MessageSocket> socket, capnp::Capability::Client door,
             const ConnectionLimits& limits = {});
  // Talks to the peer that we called.
  explicit Connection(kj::Own<MessageSocket> socket, const ConnectionLimits& limits = {});
  KJ_DISALLOW_COPY(Connection);

  // The peer's door; only on the side that called.
  capnp::Capability::Client bootstrap();

  // Resolves once the connection is over, whoever ended it and however; never throws.  May be
  // called any number of times.
  kj::Promise<void> onDisconnect() { return disconnected_.addBranch(); }

  // Ends the connection; what was sent still arrives.  Harmless when it is over already.
  void close() { socket_->close(); }

  const std::string& peer() const { return socket_->peer(); }  // Its address, for people.
  Role role() const { return socket_->role(); }                // What it may be.
  std::string failure() const;                                 // Empty if it ended in order.

 private:
  Connection(kj::Own<MessageSocket>&& socket, capnp::rpc::twoparty::Side side,
             kj::Maybe<capnp::Capability::Client> door, const ConnectionLimits& limits);

  kj::Own<MessageSocket> socket_;
  PeerNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;
  kj::Maybe<capnp::Capability::Client> bootstrap_;
  kj::ForkedPromise<void> disconnected_;
};

}  // namespace pi::net
