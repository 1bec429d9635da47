#include "common/net/rpc/peer_network.h"

#include <capnp/message.h>
#include <kj/debug.h>

#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/base/printable.h"
#include "common/net/loop/clock.h"
#include "common/net/rpc/limits.h"

namespace pi::net {

using capnp::rpc::twoparty::Side;
using capnp::rpc::twoparty::VatId;

namespace {

// Most messages fit.  The library's own 1,024 words would be cleared for each message.
constexpr unsigned kFirstSegmentWords = 128;

}  // namespace

class PeerNetwork::Outgoing final : public capnp::OutgoingRpcMessage {
 public:
  Outgoing(PeerNetwork& network, unsigned firstSegmentWords)
      : network_(network),
        message_(firstSegmentWords == 0 ? kFirstSegmentWords : firstSegmentWords) {}

  capnp::AnyPointer::Builder getBody() override { return message_.getRoot<capnp::AnyPointer>(); }

  // Throws before anything is written if the message is so large that the peer would cut us off.
  void send() override {
    KJ_REQUIRE(sizeInWords() <= network_.socket_.limits().messageWordsMax,
               "a message is too large to send");
    network_.noteOutgoing(message_.getRoot<capnp::rpc::Message>());
    network_.socket_.send(message_.getSegmentsForOutput());  // The reader finds a failure.
  }

  std::size_t sizeInWords() override { return message_.sizeInWords(); }

 private:
  PeerNetwork& network_;
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

// The RPC system holds this until it ends the connection.
class PeerNetwork::Link final : public PeerNetwork::Connection {
 public:
  explicit Link(PeerNetwork& network) : network_(network) {
    peer_.initRoot<VatId>().setSide(network.side_ == Side::CLIENT ? Side::SERVER : Side::CLIENT);
  }
  KJ_DISALLOW_COPY(Link);
  ~Link() noexcept(false) { network_.disconnected_.fulfiller->fulfill(); }

  VatId::Reader getPeerVatId() override { return peer_.getRoot<VatId>(); }

  kj::Own<capnp::OutgoingRpcMessage> newOutgoingMessage(unsigned firstSegmentWords) override {
    return kj::heap<Outgoing>(network_, firstSegmentWords);
  }

  // Evaluated later, so that the events of the message before run first.
  kj::Promise<kj::Maybe<kj::Own<capnp::IncomingRpcMessage>>> receiveIncomingMessage() override {
    using Received = kj::Maybe<kj::Own<capnp::IncomingRpcMessage>>;
    return kj::evalLater([&network = network_] {
      return network.socket_.tryReadMessage(network.readerOptions_)
          .then([&network](kj::Maybe<kj::Own<capnp::MessageReader>>&& message) -> Received {
            KJ_IF_MAYBE (reader, message) {
              auto incoming = kj::heap<Incoming>(kj::mv(*reader));
              network.countIncoming(*incoming);
              return kj::Own<capnp::IncomingRpcMessage>(kj::mv(incoming));
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

PeerNetwork::PeerNetwork(MessageSocket& socket, Side side, capnp::ReaderOptions readerOptions,
                         std::uint64_t callsMax, CallObserver* observer)
    : socket_(socket),
      side_(side),
      readerOptions_(readerOptions),
      callsMax_(callsMax),
      observer_(observer) {}

namespace {

// The RPC system sends the sentence to the peer as the reason of the abort.
[[noreturn]] void cutOff(kj::Exception::Type type, kj::String sentence) {
  kj::throwFatalException(kj::Exception(type, __FILE__, __LINE__, kj::mv(sentence)));
}

}  // namespace

// Throws if the peer must be cut off.
void PeerNetwork::countIncoming(capnp::IncomingRpcMessage& incoming) {
  capnp::rpc::Message::Reader message = incoming.getBody().getAs<capnp::rpc::Message>();
  switch (message.which()) {
    case capnp::rpc::Message::BOOTSTRAP:
      noteCall(message.getBootstrap().getQuestionId());
      break;
    case capnp::rpc::Message::CALL: {
      capnp::rpc::Call::Reader call = message.getCall();
      OpenCall& open = noteCall(call.getQuestionId());
      if (observer_ == nullptr) break;
      open.interface = call.getInterfaceId();
      open.method = call.getMethodId();
      open.since = now();
      break;
    }
    case capnp::rpc::Message::FINISH:
      noteFinish(message.getFinish().getQuestionId());
      break;
    case capnp::rpc::Message::ABORT:  // The RPC system sends one back.
      wasAborted_ = true;
      break;
    default:
      break;
  }
}

PeerNetwork::OpenCall& PeerNetwork::noteCall(std::uint32_t question) {
  auto [call, isNew] = open_.try_emplace(question);
  if (!isNew) {
    cutOff(kj::Exception::Type::FAILED, kj::str("a call has the number of one that is open"));
  }
  if (open_.size() > callsMax_) {
    cutOff(kj::Exception::Type::OVERLOADED,
           kj::str("more than ", callsMax_, " calls at a time, the limit"));
  }
  return call->second;
}

// The RPC system accepts any number of finishes for a call that it has not answered, so we count
// them.  (Every return is followed by one finish.  Later versions of the library can tell the peer
// that none is needed.)
void PeerNetwork::noteFinish(std::uint32_t question) {
  auto call = open_.find(question);
  if (call == open_.end() || call->second.isFinished) {
    cutOff(kj::Exception::Type::FAILED, kj::str("finished a call that is not open"));
  }
  call->second.isFinished = true;
  if (call->second.isAnswered) open_.erase(call);
}

void PeerNetwork::noteAnswer(std::uint32_t question) {
  auto call = open_.find(question);
  if (call == open_.end()) return;
  OpenCall& open = call->second;
  open.isAnswered = true;
  if (open.interface != 0) observer_->onAnswered(open.interface, open.method, now() - open.since);
  if (call->second.isFinished) open_.erase(call);
}

void PeerNetwork::noteOutgoing(capnp::rpc::Message::Reader message) {
  if (message.isReturn()) noteAnswer(message.getReturn().getAnswerId());
  if (message.which() != capnp::rpc::Message::ABORT) return;
  capnp::rpc::Exception::Reader reason = message.getAbort();
  // It is not a failure if the peer itself has ended the connection.
  if (wasAborted_ || reason.getType() == capnp::rpc::Exception::Type::DISCONNECTED) return;
  std::string text(reason.getReason().begin(), reason.getReason().end());
  failure_ = "cut off " + socket_.peer() + ": " + printable(text.substr(0, kAbortTextBytesMax));
}

kj::Own<PeerNetwork::Connection> PeerNetwork::link() {
  PI_CHECK(!linked_);
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
