#include "common/net/dial.h"

#include <kj/debug.h>

#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <utility>

namespace pi::net {
namespace {

using Tcp = asio::ip::tcp;

// Asio's half of one attempt, which may outlive the promise.
struct Attempt : std::enable_shared_from_this<Attempt> {
  explicit Attempt(asio::io_context& io) : resolver(io), socket(io), deadline(io) {}

  void start(const Address& address, Duration attemptMax) {
    deadline.expires_after(attemptMax);
    deadline.async_wait([self = shared_from_this()](std::error_code cancelled) {
      if (!cancelled) self->finish("no answer");
    });
    std::error_code error;
    auto numeric = asio::ip::make_address(address.host, error);
    if (!error) {
      connect(Tcp::resolver::results_type::create(Tcp::endpoint(numeric, address.port),
                                                  address.host, std::to_string(address.port)));
      return;
    }
    resolver.async_resolve(
        address.host, std::to_string(address.port),
        [self = shared_from_this()](std::error_code failure, Tcp::resolver::results_type found) {
          if (self->result == nullptr) return;
          if (failure) {
            self->finish(failure.message());
          } else {
            self->connect(std::move(found));
          }
        });
  }

  void connect(Tcp::resolver::results_type found) {
    asio::async_connect(
        socket, found,
        // Not the next one once we were stopped: our closing the socket looks like a failure.
        [self = shared_from_this()](std::error_code, const Tcp::endpoint&) {
          return self->result != nullptr;
        },
        [self = shared_from_this()](std::error_code error, const Tcp::endpoint&) {
          self->finish(error ? error.message() : "");
        });
  }

  // An empty reason: connected.
  void finish(std::string reason) {
    auto* told = std::exchange(result, nullptr);
    if (told == nullptr) return;
    if (reason.empty() && isOwnEcho()) reason = "nobody there";
    stop();
    if (!reason.empty()) {
      std::error_code ignored;
      socket.close(ignored);
    }
    told->fulfill(kj::mv(reason));
  }

  // A free port of this machine, called from this machine, may connect to itself.
  bool isOwnEcho() const {
    std::error_code error;
    auto local = socket.local_endpoint(error);
    return !error && local == socket.remote_endpoint(error);
  }

  void stop() {
    resolver.cancel();
    deadline.cancel();
  }

  void abandon() {
    if (std::exchange(result, nullptr) == nullptr) return;
    stop();
    std::error_code ignored;
    socket.close(ignored);
  }

  Tcp::resolver resolver;
  Tcp::socket socket;
  asio::steady_timer deadline;
  kj::PromiseFulfiller<std::string>* result = nullptr;  // Null once told, or nobody waits.
};

// KJ's half: gone when the promise is.
class Attempting {
 public:
  Attempting(kj::PromiseFulfiller<std::string>& fulfiller, std::shared_ptr<Attempt> attempt,
             const Address& address, Duration attemptMax)
      : attempt_(std::move(attempt)) {
    attempt_->result = &fulfiller;
    attempt_->start(address, attemptMax);
  }
  KJ_DISALLOW_COPY(Attempting);
  ~Attempting() { attempt_->abandon(); }

 private:
  std::shared_ptr<Attempt> attempt_;
};

// A walk along the addresses.
class Dialler {
 public:
  Dialler(KjLoop& loop, std::vector<Address> addresses, const DialOptions& options)
      : loop_(loop), addresses_(std::move(addresses)), options_(options) {}
  KJ_DISALLOW_COPY(Dialler);

  kj::Promise<kj::Own<MessageSocket>> next() {
    if (tried_ == addresses_.size()) {
      std::string sentence = addresses_.empty() ? "there is no address to call"
                                                : "no scheduler answers at " + failures_;
      return kj::Exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
                           kj::heapString(sentence.c_str()));
    }
    const Address& address = addresses_[tried_++];
    auto attempt = std::make_shared<Attempt>(loop_.io());
    return kj::newAdaptedPromise<std::string, Attempting>(attempt, address, options_.attemptMax)
        .then([this, attempt, &address](std::string reason) {
          return answered(*attempt, address, reason);
        });
  }

 private:
  kj::Promise<kj::Own<MessageSocket>> answered(Attempt& attempt, const Address& address,
                                               const std::string& reason) {
    if (reason.empty()) {
      auto socket = bufferedSocket(loop_, std::move(attempt.socket), options_.stream);
      return kj::heap<MessageSocket>(std::move(socket));
    }
    if (!failures_.empty()) failures_ += ", ";
    failures_ += toText(address) + " (" + reason + ")";
    return next();
  }

  KjLoop& loop_;
  const std::vector<Address> addresses_;
  const DialOptions options_;
  std::size_t tried_ = 0;
  std::string failures_;
};

}  // namespace

kj::Promise<kj::Own<MessageSocket>> dial(KjLoop& loop, std::vector<Address> addresses,
                                         const DialOptions& options) {
  auto dialler = kj::heap<Dialler>(loop, std::move(addresses), options);
  auto promise = dialler->next();
  return promise.attach(kj::mv(dialler));
}

LocalPair connectLocalPair(KjLoop& loop, const StreamLimits& limits) {
  asio::local::stream_protocol::socket first(loop.io());
  asio::local::stream_protocol::socket second(loop.io());
  asio::local::connect_pair(first, second);
  return {.first = kj::heap<MessageSocket>(bufferedSocket(loop, std::move(first), limits)),
          .second = kj::heap<MessageSocket>(bufferedSocket(loop, std::move(second), limits))};
}

}  // namespace pi::net
