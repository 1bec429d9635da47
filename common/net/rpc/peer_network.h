// Cap'n Proto's network of two parties, over a message socket.
#pragma once

#include <capnp/rpc-twoparty.h>
#include <capnp/rpc.capnp.h>
#include <kj/async.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/net/transport/message_socket.h"

namespace pi::net {

// Is told of each call of a peer that was answered, and how long that took.
class CallObserver {
 public:
  // `interface` and `method`: the numbers of the schema, which a peer may invent.
  virtual void onAnswered(std::uint64_t interface, std::uint16_t method, Duration took) = 0;

 protected:
  ~CallObserver() = default;
};

// Replaces capnp::TwoPartyVatNetwork of 0.9.2, which links all messages of one turn of the loop by
// promises.  Destroying them is recursive, and 100,000 overflow the stack (fixed upstream in 1.0.0,
// capnproto#1510).  Here a message is in the socket's buffer when send() returns.  It also bounds
// the number of a peer's open calls.
class PeerNetwork final : public capnp::TwoPartyVatNetworkBase {
 public:
  // `socket` must outlive this object.  A peer with more than `callsMax` open calls is cut off.
  // `observer` may be null.
  PeerNetwork(MessageSocket& socket, capnp::rpc::twoparty::Side side,
              capnp::ReaderOptions readerOptions, std::uint64_t callsMax,
              CallObserver* observer = nullptr);
  KJ_DISALLOW_COPY(PeerNetwork);

  // Resolves when the RPC system has ended the connection.  Call it once.
  kj::Promise<void> takeDisconnected() { return kj::mv(disconnected_.promise); }

  // Why we have cut the peer off, which the peer was told, too; nullopt if we have not.
  const std::optional<std::string>& failure() const { return failure_; }

  // Returns the only connection.  Call it once.
  kj::Maybe<kj::Own<Connection>> connect(capnp::rpc::twoparty::VatId::Reader peer) override;
  kj::Promise<kj::Own<Connection>> accept() override;

 private:
  class Link;
  class Outgoing;
  class Incoming;

  kj::Own<Connection> link();
  void countIncoming(capnp::IncomingRpcMessage& incoming);
  struct OpenCall;
  OpenCall& noteCall(std::uint32_t question);
  void noteFinish(std::uint32_t question);
  void noteAnswer(std::uint32_t question);
  void noteOutgoing(capnp::rpc::Message::Reader message);

  MessageSocket& socket_;
  const capnp::rpc::twoparty::Side side_;
  const capnp::ReaderOptions readerOptions_;
  const std::uint64_t callsMax_;
  CallObserver* const observer_;
  // The peer's calls by its own numbers.  The RPC system keeps a call until we have answered it and
  // the peer has finished it.
  struct OpenCall {
    bool isAnswered = false;
    bool isFinished = false;
    // For the observer; interface 0 for a call that it is not told of.
    std::uint64_t interface = 0;
    std::uint16_t method = 0;
    Instant since{};
  };
  std::map<std::uint32_t, OpenCall> open_;
  bool wasAborted_ = false;  // The peer has aborted the connection.
  std::optional<std::string> failure_;
  bool linked_ = false;
  kj::PromiseFulfillerPair<void> disconnected_ = kj::newPromiseAndFulfiller<void>();
};

}  // namespace pi::net
