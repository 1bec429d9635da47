#include "common/net/tls_handshake.h"

#include <array>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <span>
#include <utility>

#include "common/net/buffered_socket.h"

namespace pi::net {
namespace {

constexpr std::array kWelcome{std::byte{'+'}};
constexpr std::size_t kReadBytes = std::size_t{4} << 10;
// Of a peer that goes on talking although it was refused.
constexpr std::size_t kReceivedBytesMax = std::size_t{64} << 10;

}  // namespace

TlsHandshake::TlsHandshake(KjLoop& loop, asio::ip::tcp::socket socket,
                           std::shared_ptr<const TlsContext> context)
    : side_(context->side()),
      socket_(std::move(socket)),
      peer_(peerText(socket_)),
      session_(std::make_unique<TlsSession>(std::move(context))),
      deadline_(loop.io()) {
  tune(socket_);
}

void TlsHandshake::start(Duration timeMax, std::function<void()> onOver) {
  onOver_ = std::move(onOver);
  deadline_.expires_after(timeMax);
  deadline_.async_wait([self = shared_from_this()](std::error_code cancelled) {
    if (!cancelled) self->finish(Outcome::kTimedOut);
  });
  std::error_code ignored;  // A socket that is already broken says so at its first read.
  socket_.non_blocking(true, ignored);
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->advance(); });
}

void TlsHandshake::abandon() {
  onOver_ = nullptr;
  finish(Outcome::kEnded);
}

void TlsHandshake::advance() {
  if (outcome_ != Outcome::kPending) return;
  session_->shake();
  if (session_->state() == TlsSession::State::kOpen && !isWelcome_) {
    if (isCalled()) {
      session_->write(kWelcome);
      isWelcome_ = true;
    } else {
      std::array<std::byte, kWelcome.size()> word{};
      isWelcome_ = session_->read(word) == word.size() && word == kWelcome;
    }
  }
  output_.clear();
  session_->takeOutput(output_);
  if (output_.empty()) return afterOutput();
  asio::async_write(socket_, asio::buffer(output_),
                    [self = shared_from_this()](std::error_code error, std::size_t) {
                      if (error) return self->finish(Outcome::kEnded);
                      self->afterOutput();
                    });
}

void TlsHandshake::afterOutput() {
  if (outcome_ != Outcome::kPending) return;
  if (session_->state() == TlsSession::State::kFailed) {
    if (!isCalled() || isEnded_) return finish(Outcome::kFailed);
    std::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  } else if (isWelcome_) {
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
                       self->takeInput();
                     });
}

void TlsHandshake::takeInput() {
  bool isRefused = session_->state() == TlsSession::State::kFailed;
  std::array<std::byte, kReadBytes> bytes;
  std::error_code error;
  std::size_t count = socket_.read_some(asio::buffer(bytes), error);
  if (error == asio::error::would_block) return awaitInput();
  received_ += count;
  if (isRefused) {
    if (error || received_ > kReceivedBytesMax) return finish(Outcome::kFailed);
    return awaitInput();
  }
  isEnded_ = static_cast<bool>(error);
  session_->receive(std::span(bytes).first(count));
  advance();
}

void TlsHandshake::finish(Outcome outcome) {
  if (outcome_ != Outcome::kPending) return;
  bool hasFailed = session_->state() == TlsSession::State::kFailed;
  outcome_ = hasFailed ? Outcome::kFailed : outcome;
  deadline_.cancel();
  if (outcome_ != Outcome::kDone) {
    std::error_code ignored;
    socket_.close(ignored);
  }
  if (auto onOver = std::exchange(onOver_, nullptr)) onOver();
}

}  // namespace pi::net
