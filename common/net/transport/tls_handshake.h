// Runs the TLS handshake on a new TCP connection, until both sides have accepted each other.
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

// The scheduler's first byte says that it accepts the peer's key and has a free connection. Without
// this byte, TLS 1.3 would tell the caller only at its first read, long after its own handshake is
// done.  Peers that are asked for no key are no programs of ours, and get no such byte.  A refused
// peer gets another byte, then its input is dropped until it closes: closing
// earlier would reset the connection, and the peer might never read the reason.
class TlsHandshake : public std::enable_shared_from_this<TlsHandshake> {
 public:
  enum class Outcome {
    kPending,
    kDone,
    kFailed,   // See failure().
    kFull,     // The keys are right, but the scheduler has no free connection.
    kEnded,    // The peer has closed the connection.
    kTimedOut  // It took longer than `timeMax`.
  };

  TlsHandshake(KjLoop& loop, asio::ip::tcp::socket socket,
               std::shared_ptr<const TlsContext> context);

  // True if there is a free connection for a peer with this role.
  using HasRoom = std::function<bool(Role)>;
  // Calls the function once when this handshake may use CPU time.
  using TakeTurn = std::function<void(std::function<void()>)>;

  // Starts the handshake.  `onOver` is called once, inside the loop and never by this call itself,
  // after at most `timeMax`.  The called side calls `hasRoom` at most once, before `onOver`.
  // Without `takeTurn`, received bytes are processed at once.
  void start(Duration timeMax, std::function<void()> onOver, HasRoom hasRoom = nullptr,
             TakeTurn takeTurn = nullptr);
  // Closes the connection; `onOver` is not called any more.
  void abandon();

  Outcome outcome() const { return outcome_; }
  const TlsFailure& failure() const { return session_->failure(); }
  const std::string& peer() const { return peer_; }  // The peer's address, for people.
  // True if the peer has sent at least one byte.
  bool wasSpokenTo() const { return received_ != 0; }

  // The results, once the outcome is kDone.
  asio::ip::tcp::socket takeSocket() { return std::move(socket_); }
  std::unique_ptr<TlsSession> takeSession() { return std::move(session_); }

 private:
  bool isCalled() const { return side_ == TlsSide::kCalled; }
  bool isRefused() const;
  void exchangeWord();
  void advance();
  void afterOutput();
  void awaitInput();
  void onReadable();
  void takeInput();
  void finish(Outcome outcome);

  const TlsSide side_;
  const bool saysWord_;  // Whether the scheduler's first byte is sent.
  asio::ip::tcp::socket socket_;
  std::string peer_;
  std::unique_ptr<TlsSession> session_;
  asio::steady_timer deadline_;
  std::function<void()> onOver_;
  HasRoom hasRoom_;
  TakeTurn takeTurn_;
  Outcome outcome_ = Outcome::kPending;
  std::vector<std::byte> output_;
  std::size_t received_ = 0;
  // The scheduler's first byte, once it was sent or received, or would have been sent.
  std::optional<std::byte> word_;
  bool isEnded_ = false;  // The peer has ended its output.
};

}  // namespace pi::net
