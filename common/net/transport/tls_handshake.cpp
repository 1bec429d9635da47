#include "common/net/transport/tls_handshake.h"

#include <array>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <span>
#include <utility>

#include "common/net/transport/buffered_socket.h"
#include "common/net/transport/limits.h"

namespace pi::net {
namespace {

// The scheduler's first byte.
constexpr std::byte kWelcome{'+'};
constexpr std::byte kFull{'-'};
constexpr std::size_t kReadBytes = std::size_t{4} << 10;

}  // namespace

TlsHandshake::TlsHandshake(KjLoop& loop, asio::ip::tcp::socket socket,
                           std::shared_ptr<const TlsContext> context)
    : side_(context->side()),
      saysWord_(context->asksForKey()),
      socket_(std::move(socket)),
      peer_(peerText(socket_)),
      session_(std::make_unique<TlsSession>(std::move(context))),
      deadline_(loop.io()) {
  tune(socket_);
}

void TlsHandshake::start(Duration timeMax, std::function<void()> onOver, HasRoom hasRoom,
                         TakeTurn takeTurn) {
  onOver_ = std::move(onOver);
  hasRoom_ = std::move(hasRoom);
  takeTurn_ = std::move(takeTurn);
  deadline_.expires_after(timeMax);
  deadline_.async_wait([self = shared_from_this()](std::error_code cancelled) {
    if (!cancelled) self->finish(Outcome::kTimedOut);
  });
  std::error_code ignored;  // If the socket is broken, its first read fails.
  socket_.non_blocking(true, ignored);
  if (isCalled()) return awaitInput();  // The caller speaks first.
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->advance(); });
}

void TlsHandshake::abandon() {
  onOver_ = nullptr;
  finish(Outcome::kEnded);
}

void TlsHandshake::advance() {
  if (outcome_ != Outcome::kPending) return;
  session_->shake();
  if (session_->state() == TlsSession::State::kOpen && !word_) exchangeWord();
  output_.clear();
  session_->takeOutput(output_);
  if (output_.empty()) return afterOutput();
  asio::async_write(socket_, asio::buffer(output_),
                    [self = shared_from_this()](std::error_code error, std::size_t) {
                      if (error) return self->finish(Outcome::kEnded);
                      self->afterOutput();
                    });
}

void TlsHandshake::exchangeWord() {
  if (isCalled()) {
    bool hasRoom = hasRoom_ == nullptr || hasRoom_(session_->peerRole());
    word_ = hasRoom ? kWelcome : kFull;
    if (saysWord_) session_->write(std::span(&*word_, 1));
  } else if (std::byte word{}; session_->read(std::span(&word, 1)) == 1) {
    word_ = word;
  }
}

bool TlsHandshake::isRefused() const {
  return session_->state() == TlsSession::State::kFailed || (word_ && word_ != kWelcome);
}

void TlsHandshake::afterOutput() {
  if (outcome_ != Outcome::kPending) return;
  if (isRefused()) {
    if (!isCalled() || isEnded_) return finish(Outcome::kFailed);
    std::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  } else if (word_) {
    return finish(Outcome::kDone);
  }
  if (isEnded_ || session_->inputEnded()) return finish(Outcome::kEnded);
  awaitInput();
}

void TlsHandshake::awaitInput() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](std::error_code error) {
                       if (self->outcome_ != Outcome::kPending) return;
                       if (error) return self->finish(Outcome::kEnded);
                       self->onReadable();
                     });
}

void TlsHandshake::onReadable() {
  if (takeTurn_ == nullptr) return takeInput();
  takeTurn_([self = shared_from_this()] {
    if (self->outcome_ == Outcome::kPending) self->takeInput();
  });
}

void TlsHandshake::takeInput() {
  std::array<std::byte, kReadBytes> bytes;
  std::error_code error;
  std::size_t count = socket_.read_some(asio::buffer(bytes), error);
  if (error == asio::error::would_block) return awaitInput();
  received_ += count;
  if (isRefused()) {
    if (error || received_ > kHandshakeBytesMax) return finish(Outcome::kFailed);
    return awaitInput();
  }
  isEnded_ = static_cast<bool>(error);
  session_->receive(std::span(bytes).first(count));
  advance();
}

void TlsHandshake::finish(Outcome outcome) {
  if (outcome_ != Outcome::kPending) return;
  outcome_ = outcome;
  if (isRefused()) outcome_ = word_ == kFull ? Outcome::kFull : Outcome::kFailed;
  deadline_.cancel();
  if (outcome_ != Outcome::kDone) {
    std::error_code ignored;
    socket_.close(ignored);
  }
  hasRoom_ = nullptr;
  takeTurn_ = nullptr;
  if (auto onOver = std::exchange(onOver_, nullptr)) onOver();
}

}  // namespace pi::net
