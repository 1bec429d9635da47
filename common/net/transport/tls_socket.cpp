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

namespace pi::net {
namespace {

using Tcp = asio::ip::tcp;

constexpr std::size_t kReadBytes = std::size_t{32} << 10;
// Encrypted at a time, so that output is counted by the limit on it while it waits.
constexpr std::size_t kBatchBytes = std::size_t{64} << 10;
constexpr std::size_t kRecordBytes = std::size_t{16} << 10;
constexpr std::size_t kIdleBytesMax = std::size_t{16} << 10;  // More is given back.
// Of what the session itself wants to say, which is some bytes for each key update of the peer's.
constexpr std::size_t kOwnOutputBytesMax = std::size_t{64} << 10;

// The record layer is a TlsSession, bytes in and bytes out; this is what moves them.
class TlsSocket final : public BufferedSocket {
 public:
  TlsSocket(KjLoop& loop, Tcp::socket socket, std::unique_ptr<TlsSession> session,
            const StreamLimits& limits)
      : BufferedSocket(loop, peerText(socket), limits, session->peerRole()),
        socket_(std::move(socket)),
        session_(std::move(session)) {
    std::error_code ignored;  // A socket that is already broken says so at its first read.
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

  bool isReadable() const {
    return session_->state() == TlsSession::State::kOpen && !session_->inputEnded();
  }

  // Waits without a buffer: an idle connection holds none for its encrypted bytes.
  void awaitInput() {
    socket_.async_wait(Tcp::socket::wait_read,
                       [this, self = shared_from_this()](std::error_code error) {
                         if (error) return onRead(error, 0);
                         takeInput();
                       });
  }

  void takeInput() {
    static thread_local std::array<std::byte, kReadBytes> bytes;  // Whoever is next may have it.
    std::error_code error;
    std::size_t received = socket_.read_some(asio::buffer(bytes), error);
    if (error == asio::error::would_block) return awaitInput();
    session_->receive(std::span(bytes).first(received));
    std::size_t count = session_->read(into_);
    sayOwn();
    if (count == 0 && !error && isReadable()) return awaitInput();
    finishRead(count, error);
  }

  // The end of the connection is the end of the stream, announced or not: whoever cuts it off can
  // do no more than what a peer can that dies, and messages know their own length.
  void finishRead(std::size_t count, std::error_code error) {
    if (count == 0 && session_->state() == TlsSession::State::kFailed) {
      fail(disconnected("lost the connection to " + peer() + ": " + session_->failure().reason));
      return;
    }
    if (count != 0) error = {};  // It comes again.
    if (count == 0 && session_->inputEnded()) error = asio::error::eof;
    onRead(error, count);
  }

  // What the session has to say by itself goes along with the next output, or now.
  void sayOwn() {
    if (session_->outputBytes() == 0) return;
    if (!isSending()) {
      send(0);
      return;
    }
    if (session_->outputBytes() > kOwnOutputBytesMax) {
      fail(disconnected("cut off " + peer() + ", which does not read what it is sent"));
    }
  }

  bool isSending() const { return !encrypted_.empty(); }

  std::size_t writeNow(std::span<const std::byte> from, std::error_code& error) override {
    std::size_t written = 0;
    while (!isSending() && written < from.size()) {
      std::size_t count = encrypt(from.subspan(written));
      if (!sendNow(error)) {
        if (!error) plain_ = count;  // Counts as written when it has left.
        break;
      }
      written += count;
    }
    return written;
  }

  // What it is given begins with what writeNow() could encrypt but not send.
  void startWrite(std::span<const std::byte> from) override {
    if (!isSending()) {
      send(encrypt(from));
    } else if (plain_ == 0) {
      waiting_ = from;  // For what the session itself says.
    }
    if (isSending() && !isAsync_) sendRest();
  }

  // By records, so that the session's own buffer remains as small as one.
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
      sendRest();  // An error shows again.
    } else if (std::exchange(plain_, 0) != 0) {
      // Told by value: what the session says by itself may be sent in between.
      asio::post(socket_.get_executor(),
                 [this, self = shared_from_this(), plain] { onWritten({}, plain); });
    } else if (isEnded_) {
      shutDown();
    }
  }

  // Whether everything encrypted has left, without waiting.
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
      send(0);  // What the session may have to say, and the end.
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
  std::span<std::byte> into_;           // Where to read to.
  std::vector<std::byte> encrypted_;    // On its way; empty when nothing is.
  std::size_t sent_ = 0;                // Of encrypted_.
  bool isAsync_ = false;                // Asio holds the rest of encrypted_.
  std::size_t plain_ = 0;               // How much of the output encrypted_ stands for.
  std::span<const std::byte> waiting_;  // To be encrypted after it.
  bool isEnded_ = false;
};

}  // namespace

std::shared_ptr<BufferedSocket> bufferedSocket(KjLoop& loop, Tcp::socket socket,
                                               std::unique_ptr<TlsSession> session,
                                               const StreamLimits& limits) {
  return std::make_shared<TlsSocket>(loop, std::move(socket), std::move(session), limits);
}

}  // namespace pi::net
