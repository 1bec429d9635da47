// Cap'n Proto's network of two, over a message socket.
#pragma once

#include <capnp/rpc-twoparty.h>
#include <capnp/rpc.capnp.h>
#include <kj/async.h>

#include <cstdint>
#include <map>
#include <string>

#include "common/net/transport/message_socket.h"

namespace pi::net {

// Used instead of capnp::TwoPartyVatNetwork, which links each message it sends to the one before by
// a promise: as many as one turn of the loop sends are destroyed recursively, and 100,000 overflow
// the stack.  Here a message is in the socket's buffer when send() returns.
class PeerNetwork final : public capnp::TwoPartyVatNetworkBase {
 public:
  // `socket` outlives this.  A peer with more than `callsMax` calls at a time is cut off.
  PeerNetwork(MessageSocket& socket, capnp::rpc::twoparty::Side side,
              capnp::ReaderOptions readerOptions, std::uint64_t callsMax);
  KJ_DISALLOW_COPY(PeerNetwork);

  // Resolves once the RPC system has given the peer up.  To be taken once.
  kj::Promise<void> takeDisconnected() { return kj::mv(disconnected_.promise); }

  // Why we have cut the peer off, as it was told, too; empty if we have not.
  const std::string& failure() const { return failure_; }

  // The one connection there is; to be asked for once.
  kj::Maybe<kj::Own<Connection>> connect(capnp::rpc::twoparty::VatId::Reader peer) override;
  kj::Promise<kj::Own<Connection>> accept() override;

 private:
  class Link;
  class Outgoing;
  class Incoming;

  kj::Own<Connection> link();
  void countIncoming(capnp::IncomingRpcMessage& incoming);
  void noteCall(std::uint32_t question);
  void noteFinish(std::uint32_t question);
  void noteAnswer(std::uint32_t question);
  void noteOutgoing(capnp::rpc::Message::Reader message);

  MessageSocket& socket_;
  const capnp::rpc::twoparty::Side side_;
  const capnp::ReaderOptions readerOptions_;
  const std::uint64_t callsMax_;
  // The peer's calls, by its own numbers: the RPC system keeps one until it is both answered and,
  // by the peer, finished with.
  struct OpenCall {
    bool isAnswered = false;
    bool isFinished = false;
  };
  std::map<std::uint32_t, OpenCall> open_;
  bool wasAborted_ = false;  // By the peer.
  std::string failure_;
  bool linked_ = false;
  kj::PromiseFulfillerPair<void> disconnected_ = kj::newPromiseAndFulfiller<void>();
};

}  // namespace pi::net
