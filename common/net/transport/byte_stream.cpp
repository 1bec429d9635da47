#include "common/net/transport/byte_stream.h"

#include <kj/async.h>
#include <kj/debug.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "common/base/check.h"
#include "common/net/transport/connect_error.h"
#include "common/net/transport/limits.h"

namespace pi::net {
namespace {

using Pieces = kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>>;

kj::Exception writeFailure(const BufferedSocket& socket) {
  if (socket.failure() != nullptr) return kj::cp(*socket.failure());
  return disconnected("the connection to " + socket.peer() + " is closed");
}

// One read.  It lives as long as its promise, and so does the caller's buffer.
class Read final : private BufferedSocket::Reader {
 public:
  Read(kj::PromiseFulfiller<std::size_t>& fulfiller, BufferedSocket& socket,
       std::span<std::byte> buffer, std::size_t bytesMin)
      : fulfiller_(fulfiller), socket_(socket), buffer_(buffer), bytesMin_(bytesMin) {
    advance();
  }
  KJ_DISALLOW_COPY(Read);
  ~Read() { socket_.forget(*this); }

 private:
  void onInput() override { advance(); }

  void advance() {
    std::size_t wanted = std::min(bytesMin_ - filled_, kWholeReadBytesMax);
    bool isOver = socket_.inputEnded() || socket_.failure() != nullptr;
    if (socket_.input().size() >= wanted || isOver) take();
    if (filled_ >= bytesMin_ || (isOver && socket_.failure() == nullptr)) {
      fulfiller_.fulfill(std::size_t{filled_});
    } else if (isOver) {
      fulfiller_.reject(kj::cp(*socket_.failure()));
    } else {
      socket_.awaitInput(*this);
    }
  }

  void take() {
    auto input = socket_.input();
    std::size_t count = std::min(input.size(), buffer_.size() - filled_);
    if (count == 0) return;
    std::memcpy(buffer_.data() + filled_, input.data(), count);
    socket_.consume(count);
    filled_ += count;
  }

  kj::PromiseFulfiller<std::size_t>& fulfiller_;
  BufferedSocket& socket_;
  const std::span<std::byte> buffer_;
  const std::size_t bytesMin_;
  std::size_t filled_ = 0;
};

// The bytes of one write that are not in the socket's buffer yet.
class Unwritten {
 public:
  explicit Unwritten(Pieces pieces) : pieces_(pieces) {}
  Unwritten(const void* bytes, std::size_t size)
      : single_(static_cast<const kj::byte*>(bytes), size) {}

  // Moves as much as the limit allows; true once nothing is left.
  bool moveTo(BufferedSocket& socket) {
    std::size_t limit = std::min(kUnsentBytesMax, socket.limits().outputBytesMax);
    while (index_ < pieces().size()) {
      auto rest = pieces()[index_].slice(offset_, pieces()[index_].size());
      std::size_t unsent = socket.unsentBytes();
      std::size_t count = std::min(rest.size(), limit - std::min(unsent, limit));
      if (count == 0 && rest.size() != 0) return false;
      socket.write(std::as_bytes(std::span(rest.begin(), count)));
      offset_ += count;
      if (count < rest.size()) return false;
      ++index_;
      offset_ = 0;
    }
    return true;
  }

 private:
  Pieces pieces() const { return single_ == nullptr ? pieces_ : Pieces(&single_, 1); }

  kj::ArrayPtr<const kj::byte> single_;  // Empty: see pieces_.
  Pieces pieces_;
  std::size_t index_ = 0;
  std::size_t offset_ = 0;
};

// One write that has to wait.  It lives as long as its promise, and so do the caller's bytes.
class Write final : private BufferedSocket::Writer {
 public:
  Write(kj::PromiseFulfiller<void>& fulfiller, BufferedSocket& socket, Unwritten rest)
      : fulfiller_(fulfiller), socket_(socket), rest_(rest) {
    socket_.awaitRoom(*this);
  }
  KJ_DISALLOW_COPY(Write);
  ~Write() { socket_.forget(*this); }

 private:
  void onRoom() override {
    bool isMoved = socket_.isWritable() && rest_.moveTo(socket_);
    if (!socket_.isWritable()) {
      fulfiller_.reject(writeFailure(socket_));
    } else if (isMoved) {
      fulfiller_.fulfill();
    } else {
      socket_.awaitRoom(*this);
    }
  }

  kj::PromiseFulfiller<void>& fulfiller_;
  BufferedSocket& socket_;
  Unwritten rest_;
};

class ByteStream final : public kj::AsyncIoStream, private BufferedSocket::HangUpListener {
 public:
  explicit ByteStream(std::shared_ptr<BufferedSocket> socket) : socket_(std::move(socket)) {}
  KJ_DISALLOW_COPY(ByteStream);
  ~ByteStream() noexcept(false) {
    socket_->forget(static_cast<HangUpListener&>(*this));
    socket_->close();
  }

  kj::Promise<std::size_t> tryRead(void* buffer, std::size_t bytesMin,
                                   std::size_t bytesMax) override {
    std::span<std::byte> into(static_cast<std::byte*>(buffer), bytesMax);
    return kj::newAdaptedPromise<std::size_t, Read>(*socket_, into, std::min(bytesMin, bytesMax));
  }

  kj::Promise<void> write(const void* buffer, std::size_t size) override {
    return start(Unwritten(buffer, size));
  }
  kj::Promise<void> write(Pieces pieces) override { return start(Unwritten(pieces)); }

  void shutdownWrite() override { socket_->endOutput(); }
  void abortRead() override { socket_->discardInput(); }

  kj::Promise<void> whenWriteDisconnected() override {
    KJ_IF_MAYBE (known, hungUp_) {
      return known->addBranch();
    }
    auto pair = kj::newPromiseAndFulfiller<void>();
    hangUp_ = kj::mv(pair.fulfiller);
    auto promise = hungUp_.emplace(pair.promise.fork()).addBranch();
    socket_->awaitHangUp(*this);
    return promise;
  }

 private:
  kj::Promise<void> start(Unwritten bytes) {
    if (!socket_->isWritable()) return writeFailure(*socket_);
    bool isMoved = bytes.moveTo(*socket_);
    if (!socket_->isWritable()) return writeFailure(*socket_);
    if (isMoved) return kj::READY_NOW;
    return kj::newAdaptedPromise<void, Write>(*socket_, bytes);
  }

  void onHangUp() override { hangUp_->fulfill(); }

  std::shared_ptr<BufferedSocket> socket_;
  kj::Own<kj::PromiseFulfiller<void>> hangUp_;
  kj::Maybe<kj::ForkedPromise<void>> hungUp_;
};

}  // namespace

kj::Own<kj::AsyncIoStream> byteStream(std::shared_ptr<BufferedSocket> socket) {
  return kj::heap<ByteStream>(std::move(socket));
}

}  // namespace pi::net
