// Takes a fresh TCP connection to the point where both sides know and believe each other.
#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/loop/kj_loop.h"
#include "common/net/tls/tls.h"

namespace pi::net {

// The scheduler's first byte says that it believes the peer and has room for it: in TLS 1.3 a peer
// that called would else find out at its first read, long after it thought that it was in.  A peer
// that is not let in is told so, and then listened to until it hangs up: to close earlier would
// reset the connection, and the peer might never read why.
class TlsHandshake : public std::enable_shared_from_this<TlsHandshake> {
 public:
  enum class Outcome {
    kPending,
    kDone,
    kFailed,   // See failure().
    kFull,     // Nothing is wrong, and the scheduler has no room.
    kEnded,    // The peer has ended the connection before.
    kTimedOut  // The time was up.
  };

  TlsHandshake(KjLoop& loop, asio::ip::tcp::socket socket,
               std::shared_ptr<const TlsContext> context);

  // Whether there is room for a peer that is believed.
  using HasRoom = std::function<bool(Role)>;

  // Begins.  `onOver` is called once, inside the loop and never by this call itself, when it is
  // over, after `timeMax` at the latest; before that, on the side that is called, `hasRoom` may be,
  // once.
  void start(Duration timeMax, std::function<void()> onOver, HasRoom hasRoom = nullptr);
  // Hangs up; nothing is called any more.
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
  bool isRefused() const;
  void exchangeWord();
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
  HasRoom hasRoom_;
  Outcome outcome_ = Outcome::kPending;
  std::vector<std::byte> output_;
  std::size_t received_ = 0;
  std::optional<std::byte> word_;  // The scheduler's first, once it is said, or heard.
  bool isEnded_ = false;           // The peer's side.
};

}  // namespace pi::net
