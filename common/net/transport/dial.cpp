#include "common/net/transport/dial.h"

#include <kj/debug.h>

#include <algorithm>
#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/net/transport/tls_handshake.h"
#include "common/net/transport/tls_socket.h"

namespace pi::net {
namespace {

using Tcp = asio::ip::tcp;

// The result of one attempt: a socket, or an error.  The sentence of kUnreachable is only a few
// words, since the final sentence lists all addresses.
using Outcome = Expected<std::shared_ptr<BufferedSocket>, ConnectError>;

ConnectError unreachable(const std::string& reason) {
  return {ConnectFailure::kUnreachable, reason};
}

// Why the handshake with the peer has failed.
ConnectError errorOf(const TlsHandshake& handshake) {
  using Kind = TlsFailure::Kind;
  std::string address = "tcp://" + handshake.peer();
  if (handshake.outcome() == TlsHandshake::Outcome::kTimedOut) {
    return {ConnectFailure::kSilent, silentText(handshake.peer())};
  }
  if (handshake.outcome() == TlsHandshake::Outcome::kFull) {
    return {ConnectFailure::kFull, "the scheduler at " + address +
                                       " is full: all its connections are in use; try again later"};
  }
  constexpr const char* kGetNew = "; get its current connection file";
  switch (handshake.failure().kind) {
    case Kind::kRefused:
      return {ConnectFailure::kRefused,
              "the scheduler at " + address + " refuses this program's key" + kGetNew};
    case Kind::kWrongKey:
      return {
          ConnectFailure::kRefused,
          "the service at " + address + " does not have the expected scheduler's key" + kGetNew};
    case Kind::kOldTls:
      return {ConnectFailure::kRefused,
              "the service at " + address + " does not speak TLS 1.3; check the address"};
    case Kind::kNone:
    case Kind::kNoTls:
    case Kind::kNoKey:
    case Kind::kOther:
      break;
  }
  return {ConnectFailure::kNotAScheduler,
          address +
              " is not a pi-scheduler with keys; check the address, and whether the scheduler was "
              "started with --insecure"};
}

// Asio's half of one attempt.  It may outlive the promise.
struct Attempt : std::enable_shared_from_this<Attempt> {
  Attempt(KjLoop& ourLoop, const DialOptions& ourOptions)
      : loop(ourLoop),
        options(ourOptions),
        resolver(loop.io()),
        socket(loop.io()),
        deadline(loop.io()) {}

  void start(const Address& address) {
    deadline.expires_after(options.attemptMax);
    deadline.async_wait([self = shared_from_this()](std::error_code cancelled) {
      if (!cancelled) self->fail("no answer");
    });
    std::error_code error;
    auto numeric = asio::ip::make_address(address.host, error);
    if (!error) {
      connect(Tcp::resolver::results_type::create(Tcp::endpoint(numeric, address.port),
                                                  address.host, std::to_string(address.port)));
      return;
    }
    resolver.async_resolve(address.host, std::to_string(address.port),
                           [self = shared_from_this()](std::error_code failure,
                                                       const Tcp::resolver::results_type& found) {
                             if (self->result == nullptr) return;
                             if (failure) {
                               self->fail(failure.message());
                             } else {
                               self->connect(found);
                             }
                           });
  }

  void connect(const Tcp::resolver::results_type& found) {
    asio::async_connect(
        socket, found,
        // After stop() the closed socket looks like a failed address: do not try the next one.
        [self = shared_from_this()](std::error_code, const Tcp::endpoint&) {
          return self->result != nullptr;
        },
        [self = shared_from_this()](std::error_code error, const Tcp::endpoint&) {
          if (self->result == nullptr) return;
          if (error) return self->fail(error.message());
          if (self->isOwnEcho()) return self->fail("connected to itself");
          self->startHandshake();
        });
  }

  // The connection is made: starts the handshake, if there is one.
  void startHandshake() {
    deadline.cancel();
    const Credentials& credentials = options.credentials;
    if (!credentials.hasValue()) {
      finish(ConnectError(ConnectFailure::kRefused, "the scheduler at tcp://" + peerText(socket) +
                                                        " was reached, but " +
                                                        credentials.error().what()));
    } else if (*credentials == nullptr) {
      finish(bufferedSocket(loop, std::move(socket), options.stream));
    } else {
      handshake = std::make_shared<TlsHandshake>(loop, std::move(socket), *credentials);
      handshake->start(options.handshakeMax,
                       [self = shared_from_this()] { self->onHandshakeOver(); });
    }
  }

  void onHandshakeOver() {
    if (handshake->outcome() != TlsHandshake::Outcome::kDone) return finish(errorOf(*handshake));
    finish(bufferedSocket(loop, handshake->takeSocket(), handshake->takeSession(), options.stream));
  }

  void fail(const std::string& reason) { finish(unreachable(reason)); }

  void finish(Outcome outcome) {
    auto* told = std::exchange(result, nullptr);
    if (told == nullptr) return;
    stop();
    told->fulfill(kj::mv(outcome));
  }

  // A connection to a free port of this machine may connect to itself.
  bool isOwnEcho() const {
    std::error_code error;
    auto local = socket.local_endpoint(error);
    return !error && local == socket.remote_endpoint(error);
  }

  void stop() {
    resolver.cancel();
    deadline.cancel();
    std::error_code ignored;
    socket.close(ignored);
    if (handshake != nullptr) handshake->abandon();
  }

  void abandon() {
    if (std::exchange(result, nullptr) != nullptr) stop();
  }

  KjLoop& loop;
  const DialOptions options;
  Tcp::resolver resolver;
  Tcp::socket socket;
  asio::steady_timer deadline;
  std::shared_ptr<TlsHandshake> handshake;
  kj::PromiseFulfiller<Outcome>* result = nullptr;  // Null once it was fulfilled or dropped.
};

// KJ's half.  It is destroyed with the promise.
class Attempting {
 public:
  Attempting(kj::PromiseFulfiller<Outcome>& fulfiller, std::shared_ptr<Attempt> attempt,
             const Address& address)
      : attempt_(std::move(attempt)) {
    attempt_->result = &fulfiller;
    attempt_->start(address);
  }
  KJ_DISALLOW_COPY(Attempting);
  ~Attempting() { attempt_->abandon(); }

 private:
  std::shared_ptr<Attempt> attempt_;
};

// Tries the addresses one after the other.
class Dialler {
 public:
  Dialler(KjLoop& loop, std::vector<Address> addresses, const DialOptions& options)
      : loop_(loop), addresses_(std::move(addresses)), options_(options) {}
  KJ_DISALLOW_COPY(Dialler);

  kj::Promise<kj::Own<MessageSocket>> next() {
    if (tried_ == addresses_.size()) return failure();
    const Address& address = addresses_[tried_++];
    // The other addresses are most likely the same scheduler's.
    if (worst_ &&
        (worst_->kind() == ConnectFailure::kSilent || worst_->kind() == ConnectFailure::kFull)) {
      options_.handshakeMax = std::min(options_.handshakeMax, kDialHandshakeMaxAgain);
    }
    return kj::newAdaptedPromise<Outcome, Attempting>(std::make_shared<Attempt>(loop_, options_),
                                                      address)
        .then([this, &address](Outcome outcome) { return answered(address, kj::mv(outcome)); });
  }

 private:
  kj::Promise<kj::Own<MessageSocket>> answered(const Address& address, Outcome outcome) {
    if (outcome.hasValue()) return kj::heap<MessageSocket>(std::move(outcome).value());
    const ConnectError& error = outcome.error();
    if (error.kind() == ConnectFailure::kUnreachable) {
      if (!failures_.empty()) failures_ += ", ";
      failures_ += toText(address) + " (" + error.what() + ")";
    } else if (!worst_ || error.kind() == ConnectFailure::kRefused) {
      worst_ = error;
    }
    return next();
  }

  // An address that answers says more than all the addresses that do not.
  kj::Exception failure() const {
    if (worst_) return asException(*worst_);
    return asException(unreachable(addresses_.empty() ? "there is no address to connect to"
                                                      : "no scheduler answers at " + failures_));
  }

  KjLoop& loop_;
  const std::vector<Address> addresses_;
  DialOptions options_;
  std::size_t tried_ = 0;
  std::string failures_;               // The addresses that do not answer.
  std::optional<ConnectError> worst_;  // The worst error of the addresses that do.
};

}  // namespace

kj::Promise<kj::Own<MessageSocket>> dial(KjLoop& loop, std::vector<Address> addresses,
                                         const DialOptions& options) {
  auto dialler = kj::heap<Dialler>(loop, std::move(addresses), options);
  auto promise = dialler->next();
  return promise.attach(kj::mv(dialler));
}

std::string silentText(const std::string& peer) {
  return "the scheduler at tcp://" + peer +
         " does not answer; check whether its process is stopped or its machine overloaded, and "
         "try "
         "again";
}

LocalPair connectLocalPair(KjLoop& loop, const StreamLimits& limits) {
  asio::local::stream_protocol::socket first(loop.io());
  asio::local::stream_protocol::socket second(loop.io());
  asio::local::connect_pair(first, second);
  return {.first = kj::heap<MessageSocket>(bufferedSocket(loop, std::move(first), limits)),
          .second = kj::heap<MessageSocket>(bufferedSocket(loop, std::move(second), limits))};
}

}  // namespace pi::net
