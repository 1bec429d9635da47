// Cap'n Proto's network of two, over a message socket.
#pragma once

#include <capnp/rpc-twoparty.h>
#include <kj/async.h>

#include "common/net/message_socket.h"

namespace pi::net {

// Used instead of capnp::TwoPartyVatNetwork, which links each message it sends to the one before by
// a promise: as many as one turn of the loop sends are destroyed recursively, and 100,000 overflow
// the stack.  Here a message is in the socket's buffer when send() returns.
class PeerNetwork final : public capnp::TwoPartyVatNetworkBase {
 public:
  // `socket` outlives this.
  PeerNetwork(MessageSocket& socket, capnp::rpc::twoparty::Side side,
              capnp::ReaderOptions readerOptions);
  KJ_DISALLOW_COPY(PeerNetwork);

  // Resolves once the RPC system has given the peer up.  To be taken once.
  kj::Promise<void> takeDisconnected() { return kj::mv(disconnected_.promise); }

  // The one connection there is; to be asked for once.
  kj::Maybe<kj::Own<Connection>> connect(capnp::rpc::twoparty::VatId::Reader peer) override;
  kj::Promise<kj::Own<Connection>> accept() override;

 private:
  class Link;
  class Outgoing;
  class Incoming;

  kj::Own<Connection> link();

  MessageSocket& socket_;
  const capnp::rpc::twoparty::Side side_;
  const capnp::ReaderOptions readerOptions_;
  bool linked_ = false;
  kj::PromiseFulfillerPair<void> disconnected_ = kj::newPromiseAndFulfiller<void>();
};

}  // namespace pi::net
