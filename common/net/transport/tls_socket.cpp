#include "common/net/transport/tls_socket.h"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "common/net/transport/connect_error.h"
#include "common/net/transport/limits.h"

namespace pi::net {
namespace {

using Tcp = asio::ip::tcp;

constexpr std::size_t kReadBytes = std::size_t{32} << 10;
// Encrypted in one batch.  The rest of the output waits as plain text, where the limit on output
// counts it.
constexpr std::size_t kBatchBytes = std::size_t{64} << 10;
constexpr std::size_t kRecordBytes = std::size_t{16} << 10;
// Not in SECURITY.md: a larger buffer is freed once it is empty.
constexpr std::size_t kIdleBytesMax = std::size_t{16} << 10;

// TlsSession is the record layer, bytes in and bytes out.  This class moves the bytes.
class TlsSocket final : public BufferedSocket {
 public:
  TlsSocket(KjLoop& loop, Tcp::socket socket, std::unique_ptr<TlsSession> session,
            const StreamLimits& limits)
      : BufferedSocket(loop, peerText(socket), limits, session->peerRole()),
        socket_(std::move(socket)),
        session_(std::move(session)) {
    std::error_code ignored;  // If the socket is broken, its first read fails.
    socket_.non_blocking(true, ignored);
  }

 private:
  void startRead(std::span<std::byte> into) override {
    into_ = into;
    std::size_t count = session_->read(into_);
    if (count == 0 && isReadable()) return awaitInput();
    asio::post(socket_.get_executor(),
               [this, self = shared_from_this(), count] { finishRead(count, {}); });
  }

  int descriptor() override { return socket_.native_handle(); }
  void startHangUpWait() override {
    socket_.async_wait(Tcp::socket::wait_error,
                       [this, self = shared_from_this()](std::error_code error) {
                         onHangUp(error, socket_.native_handle());
                       });
  }

  bool isReadable() const {
    return session_->state() == TlsSession::State::kOpen && !session_->inputEnded();
  }

  // Waits without a buffer, so an idle connection needs none for its encrypted bytes.
  void awaitInput() {
    socket_.async_wait(Tcp::socket::wait_read,
                       [this, self = shared_from_this()](std::error_code error) {
                         if (error) return onRead(error, 0);
                         takeInput();
                       });
  }

  void takeInput() {
    static thread_local std::array<std::byte, kReadBytes> bytes;  // All sockets share it.
    std::error_code error;
    std::size_t received = socket_.read_some(asio::buffer(bytes), error);
    if (error == asio::error::would_block) return awaitInput();
    session_->receive(std::span(bytes).first(received));
    std::size_t count = session_->read(into_);
    sendOwn();
    if (count == 0 && !error && isReadable()) return awaitInput();
    finishRead(count, error);
  }

  // The end of the connection is the end of the stream, with or without a close_notify.  An
  // attacker that cuts the connection can do no more than a peer that dies: messages know their own
  // length.
  void finishRead(std::size_t count, std::error_code error) {
    if (count == 0 && session_->state() == TlsSession::State::kFailed) {
      fail(disconnected("lost the connection to " + peer() + ": " + session_->failure().reason));
      return;
    }
    if (count != 0) error = {};  // The next read reports it.
    if (count == 0 && session_->inputEnded()) error = asio::error::eof;
    onRead(error, count);
  }

  // Sends the session's own output, unless the output under way takes it along.
  void sendOwn() {
    if (session_->outputBytes() == 0) return;
    if (!isSending()) {
      send(0);
      return;
    }
    if (session_->outputBytes() > kTlsOutputBytesMax) {
      fail(disconnected("cut off " + peer() + ", which does not read what it is sent"));
    }
  }

  bool isSending() const { return !encrypted_.empty(); }

  std::size_t writeNow(std::span<const std::byte> from, std::error_code& error) override {
    std::size_t written = 0;
    while (!isSending() && written < from.size()) {
      std::size_t count = encrypt(from.subspan(written));
      if (!sendNow(error)) {
        if (!error) plain_ = count;  // It counts as written when it has left.
        break;
      }
      written += count;
    }
    return written;
  }

  // `from` begins with the bytes that writeNow() has encrypted but could not send.
  void startWrite(std::span<const std::byte> from) override {
    if (!isSending()) {
      send(encrypt(from));
    } else if (plain_ == 0) {
      waiting_ = from;  // The session's own output is sent first.
    }
    if (isSending() && !isAsync_) sendRest();
  }

  // Encrypts record by record, so that the session's own buffer stays as small as one record.
  std::size_t encrypt(std::span<const std::byte> from) {
    std::size_t count = std::min(from.size(), kBatchBytes);
    for (auto rest = from.first(count); !rest.empty();) {
      std::size_t piece = std::min(rest.size(), kRecordBytes);
      session_->write(rest.first(piece));
      session_->takeOutput(encrypted_);
      rest = rest.subspan(piece);
    }
    return count;
  }

  void send(std::size_t plain) {
    plain_ = plain;
    std::error_code error;
    if (!sendNow(error)) {
      sendRest();  // It reports the error again.
    } else if (std::exchange(plain_, 0) != 0) {
      // By value: the session's own output may change plain_ in between.
      asio::post(socket_.get_executor(),
                 [this, self = shared_from_this(), plain] { onWritten({}, plain); });
    } else if (isEnded_) {
      shutDown();
    }
  }

  // Sends without waiting; true if everything encrypted has left.
  bool sendNow(std::error_code& error) {
    session_->takeOutput(encrypted_);
    while (sent_ < encrypted_.size()) {
      sent_ += socket_.write_some(
          asio::buffer(encrypted_.data() + sent_, encrypted_.size() - sent_), error);
      if (error == asio::error::would_block)
        error = {};
      else if (!error)
        continue;
      return false;
    }
    forgetSent();
    return true;
  }

  void sendRest() {
    isAsync_ = true;
    asio::async_write(socket_, asio::buffer(encrypted_.data() + sent_, encrypted_.size() - sent_),
                      [this, self = shared_from_this()](std::error_code error, std::size_t) {
                        isAsync_ = false;
                        forgetSent();
                        onSent(error);
                      });
  }

  void onSent(std::error_code error) {
    if (error) {
      onWritten(error, 0);
    } else if (plain_ != 0) {
      onWritten({}, std::exchange(plain_, 0));
    } else if (!waiting_.empty()) {
      send(encrypt(std::exchange(waiting_, {})));
    } else {
      send(0);  // The session's own output, if any, and the end.
    }
  }

  void forgetSent() {
    sent_ = 0;
    encrypted_.clear();
    if (encrypted_.capacity() > kIdleBytesMax) std::vector<std::byte>().swap(encrypted_);
  }

  void endSocketOutput() override {
    session_->endOutput();
    isEnded_ = true;
    if (!isSending()) send(0);
  }

  void shutDown() {
    std::error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  }

  std::size_t heldBelow() const override { return encrypted_.capacity() + session_->heldBytes(); }

  void closeSocket() override {
    std::error_code ignored;
    socket_.close(ignored);
  }

  Tcp::socket socket_;
  std::unique_ptr<TlsSession> session_;
  std::span<std::byte> into_;           // The buffer of the read under way.
  std::vector<std::byte> encrypted_;    // On its way; empty when nothing is.
  std::size_t sent_ = 0;                // This many bytes of encrypted_ have left.
  bool isAsync_ = false;                // Asio holds the rest of encrypted_.
  std::size_t plain_ = 0;               // The bytes of output that encrypted_ contains.
  std::span<const std::byte> waiting_;  // To be encrypted next.
  bool isEnded_ = false;
};

}  // namespace

std::shared_ptr<BufferedSocket> bufferedSocket(KjLoop& loop, Tcp::socket socket,
                                               std::unique_ptr<TlsSession> session,
                                               const StreamLimits& limits) {
  return std::make_shared<TlsSocket>(loop, std::move(socket), std::move(session), limits);
}

}  // namespace pi::net
