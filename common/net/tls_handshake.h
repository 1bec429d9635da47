// Takes a fresh TCP connection to the point where both sides know and believe each other.
#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/kj_loop.h"
#include "common/net/tls.h"

namespace pi::net {

// The scheduler's first byte says that it believes the peer: in TLS 1.3 a peer that called would
// else find out at its first read, long after it thought that it was in.  A peer that is refused is
// told so, and then listened to until it hangs up: to close earlier would reset the connection, and
// the peer might never read why.
class TlsHandshake : public std::enable_shared_from_this<TlsHandshake> {
 public:
  enum class Outcome {
    kPending,
    kDone,
    kFailed,   // See failure().
    kEnded,    // The peer has ended the connection before.
    kTimedOut  // The time was up.
  };

  TlsHandshake(KjLoop& loop, asio::ip::tcp::socket socket,
               std::shared_ptr<const TlsContext> context);

  // Begins.  `onOver` is called once, inside the loop and never by this call itself, when it is
  // over, after `timeMax` at the latest.
  void start(Duration timeMax, std::function<void()> onOver);
  // Hangs up; `onOver` is not called any more.
  void abandon();

  Outcome outcome() const { return outcome_; }
  const TlsFailure& failure() const { return session_->failure(); }
  const std::string& peer() const { return peer_; }  // Its address, for people.
  // Whether the peer has sent anything at all.
  bool wasSpokenTo() const { return received_ != 0; }

  // What there is now, once it is done.
  asio::ip::tcp::socket takeSocket() { return std::move(socket_); }
  std::unique_ptr<TlsSession> takeSession() { return std::move(session_); }

 private:
  bool isCalled() const { return side_ == TlsSide::kCalled; }
  void advance();
  void afterOutput();
  void awaitInput();
  void takeInput();
  void finish(Outcome outcome);

  const TlsSide side_;
  asio::ip::tcp::socket socket_;
  std::string peer_;
  std::unique_ptr<TlsSession> session_;
  asio::steady_timer deadline_;
  std::function<void()> onOver_;
  Outcome outcome_ = Outcome::kPending;
  std::vector<std::byte> output_;
  std::size_t received_ = 0;
  bool isWelcome_ = false;  // Said, or heard.
  bool isEnded_ = false;    // The peer's side.
};

}  // namespace pi::net
