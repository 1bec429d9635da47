#include "common/net/peer_network.h"

#include <capnp/message.h>
#include <kj/debug.h>

#include "common/base/check.h"

namespace pi::net {

using capnp::rpc::twoparty::Side;
using capnp::rpc::twoparty::VatId;

namespace {

// Most messages fit; the library's own 1,024 would be cleared anew for each.
constexpr unsigned kFirstSegmentWords = 128;

}  // namespace

class PeerNetwork::Outgoing final : public capnp::OutgoingRpcMessage {
 public:
  Outgoing(MessageSocket& socket, unsigned firstSegmentWords)
      : socket_(socket),
        message_(firstSegmentWords == 0 ? kFirstSegmentWords : firstSegmentWords) {}

  capnp::AnyPointer::Builder getBody() override { return message_.getRoot<capnp::AnyPointer>(); }

  // Throws, before anything is written, for a message that the peer would cut us off for.
  void send() override {
    KJ_REQUIRE(sizeInWords() <= socket_.limits().messageWordsMax, "a message is too large to send");
    socket_.send(message_.getSegmentsForOutput());  // A failure is the reader's to find.
  }

  std::size_t sizeInWords() override { return message_.sizeInWords(); }

 private:
  MessageSocket& socket_;
  capnp::MallocMessageBuilder message_;
};

class PeerNetwork::Incoming final : public capnp::IncomingRpcMessage {
 public:
  explicit Incoming(kj::Own<capnp::MessageReader> message) : message_(kj::mv(message)) {}

  capnp::AnyPointer::Reader getBody() override { return message_->getRoot<capnp::AnyPointer>(); }
  std::size_t sizeInWords() override { return message_->sizeInWords(); }

 private:
  kj::Own<capnp::MessageReader> message_;
};

// What the RPC system holds as long as it believes in the peer.
class PeerNetwork::Link final : public PeerNetwork::Connection {
 public:
  explicit Link(PeerNetwork& network) : network_(network) {
    peer_.initRoot<VatId>().setSide(network.side_ == Side::CLIENT ? Side::SERVER : Side::CLIENT);
  }
  KJ_DISALLOW_COPY(Link);
  ~Link() noexcept(false) { network_.disconnected_.fulfiller->fulfill(); }

  VatId::Reader getPeerVatId() override { return peer_.getRoot<VatId>(); }

  kj::Own<capnp::OutgoingRpcMessage> newOutgoingMessage(unsigned firstSegmentWords) override {
    return kj::heap<Outgoing>(network_.socket_, firstSegmentWords);
  }

  // Later, so that what the message before has caused comes first.
  kj::Promise<kj::Maybe<kj::Own<capnp::IncomingRpcMessage>>> receiveIncomingMessage() override {
    using Received = kj::Maybe<kj::Own<capnp::IncomingRpcMessage>>;
    return kj::evalLater([&socket = network_.socket_, options = network_.readerOptions_] {
      return socket.tryReadMessage(options).then(
          [](kj::Maybe<kj::Own<capnp::MessageReader>>&& message) -> Received {
            KJ_IF_MAYBE (reader, message) {
              return kj::Own<capnp::IncomingRpcMessage>(kj::heap<Incoming>(kj::mv(*reader)));
            }
            return nullptr;
          });
    });
  }

  kj::Promise<void> shutdown() override { return network_.socket_.end(); }

 private:
  PeerNetwork& network_;
  capnp::MallocMessageBuilder peer_{4};
};

PeerNetwork::PeerNetwork(MessageSocket& socket, Side side, capnp::ReaderOptions readerOptions)
    : socket_(socket), side_(side), readerOptions_(readerOptions) {}

kj::Own<PeerNetwork::Connection> PeerNetwork::link() {
  check(!linked_);
  linked_ = true;
  return kj::heap<Link>(*this);
}

kj::Maybe<kj::Own<PeerNetwork::Connection>> PeerNetwork::connect(VatId::Reader peer) {
  if (peer.getSide() == side_) return nullptr;
  return link();
}

kj::Promise<kj::Own<PeerNetwork::Connection>> PeerNetwork::accept() {
  if (side_ == Side::SERVER && !linked_) return link();
  return kj::NEVER_DONE;
}

}  // namespace pi::net
