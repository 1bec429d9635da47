#include "common/net/transport/message_socket.h"

#include <capnp/serialize.h>
#include <kj/debug.h>

#include <array>
#include <cstring>
#include <utility>

#include "common/base/check.h"
#include "common/net/transport/frame.h"

namespace pi::net {
namespace {

using Incoming = kj::Maybe<capnp::MessageReaderAndFds>;

kj::Exception refusal(kj::Exception::Type type, const std::string& sentence) {
  return kj::Exception(type, __FILE__, __LINE__, kj::heapString(sentence.c_str()));
}

// A peer that speaks TLS answers bytes in clear with an alert record.
bool isTlsAlert(std::span<const std::byte> input) {
  return input.size() >= 2 && input[0] == std::byte{21} && input[1] == std::byte{3};
}

// The result of parsing the input so far.
struct Parsed {
  enum class State { kMore, kMessage, kEnd } state;
  kj::Own<capnp::MessageReader> message;
};

// Takes one message from the socket's input.  Throws if no message can follow.
Parsed takeMessage(BufferedSocket& socket, capnp::ReaderOptions options) {
  if (socket.failure() != nullptr) kj::throwFatalException(kj::cp(*socket.failure()));
  if (socket.isClosing()) return {Parsed::State::kEnd, {}};

  auto input = socket.input();
  Frame frame = frameAt(input, socket.limits().messageWordsMax);
  if (frame.state == Frame::State::kWhole) {
    auto words = kj::heapArray<capnp::word>(frame.bytes / sizeof(capnp::word));
    std::memcpy(words.begin(), input.data(), frame.bytes);
    socket.consume(frame.bytes);
    auto reader = kj::heap<capnp::FlatArrayMessageReader>(words.asPtr(), options);
    return {Parsed::State::kMessage, reader.attach(kj::mv(words))};
  }
  if (frame.state == Frame::State::kRefused) {
    socket.refuseInput(refusal(kj::Exception::Type::FAILED,
                               "cut off " + socket.peer() + ", which sent no valid message" +
                                   (isTlsAlert(input) ? ": it needs keys" : "")));
    kj::throwFatalException(kj::cp(*socket.failure()));
  }
  if (!socket.inputEnded()) return {Parsed::State::kMore, {}};
  if (input.empty()) return {Parsed::State::kEnd, {}};
  kj::throwFatalException(refusal(kj::Exception::Type::DISCONNECTED,
                                  socket.peer() + " left in the middle of a message"));
}

Incoming incoming(kj::Own<capnp::MessageReader> message) {
  return capnp::MessageReaderAndFds{kj::mv(message), nullptr};
}

// Waits for a message.  It is destroyed with its promise.
class Waiting final : private BufferedSocket::Reader {
 public:
  Waiting(kj::PromiseFulfiller<Incoming>& fulfiller, std::shared_ptr<BufferedSocket> socket,
          capnp::ReaderOptions options)
      : fulfiller_(fulfiller), socket_(std::move(socket)), options_(options) {
    socket_->awaitInput(*this);
  }
  KJ_DISALLOW_COPY(Waiting);
  ~Waiting() { socket_->forget(*this); }

 private:
  void onInput() override {
    auto exception = kj::runCatchingExceptions([this] {
      Parsed parsed = takeMessage(*socket_, options_);
      switch (parsed.state) {
        case Parsed::State::kMore:
          socket_->awaitInput(*this);
          break;
        case Parsed::State::kMessage:
          fulfiller_.fulfill(incoming(kj::mv(parsed.message)));
          break;
        case Parsed::State::kEnd:
          fulfiller_.fulfill(nullptr);
          break;
      }
    });
    KJ_IF_MAYBE (e, exception) {
      fulfiller_.reject(kj::mv(*e));
    }
  }

  kj::PromiseFulfiller<Incoming>& fulfiller_;
  std::shared_ptr<BufferedSocket> socket_;
  capnp::ReaderOptions options_;
};

}  // namespace

MessageSocket::MessageSocket(std::shared_ptr<BufferedSocket> socket) : socket_(std::move(socket)) {}

MessageSocket::~MessageSocket() noexcept(false) { socket_->close(); }

kj::Promise<Incoming> MessageSocket::tryReadMessage(kj::ArrayPtr<kj::AutoCloseFd>,
                                                    capnp::ReaderOptions options,
                                                    kj::ArrayPtr<capnp::word>) {
  return kj::evalNow([&]() -> kj::Promise<Incoming> {
    Parsed parsed = takeMessage(*socket_, options);
    switch (parsed.state) {
      case Parsed::State::kMessage:
        return incoming(kj::mv(parsed.message));
      case Parsed::State::kEnd:
        return Incoming(nullptr);
      case Parsed::State::kMore:
        break;
    }
    return kj::newAdaptedPromise<Incoming, Waiting>(socket_, options);
  });
}

void MessageSocket::send(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
  PI_CHECK(segments.size() > 0);
  PI_CHECK(segments.size() <= kSegmentsMax);
  std::array<std::uint32_t, kSegmentsMax + 2> table{};
  table[0] = static_cast<std::uint32_t>(segments.size() - 1);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    table[i + 1] = static_cast<std::uint32_t>(segments[i].size());
  }
  std::size_t tableNumbers = (segments.size() + 2) / 2 * 2;  // The table has whole words.
  socket_->write(std::as_bytes(std::span(table).first(tableNumbers)));
  for (auto segment : segments) {
    socket_->write(std::as_bytes(std::span(segment.begin(), segment.size())));
  }
}

std::optional<std::string> MessageSocket::failure() const {
  const kj::Exception* failure = socket_->failure();
  if (failure == nullptr) return std::nullopt;
  return failure->getDescription().cStr();
}

kj::Promise<void> MessageSocket::writeMessage(
    kj::ArrayPtr<const int>, kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
  send(segments);
  if (socket_->failure() != nullptr) return kj::cp(*socket_->failure());
  return kj::READY_NOW;
}

kj::Promise<void> MessageSocket::writeMessages(
    kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) {
  for (auto segments : messages) send(segments);
  if (socket_->failure() != nullptr) return kj::cp(*socket_->failure());
  return kj::READY_NOW;
}

kj::Promise<void> MessageSocket::end() {
  socket_->endOutput();
  return kj::READY_NOW;
}

}  // namespace pi::net
