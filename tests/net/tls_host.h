// A listener with keys, and peers that speak to it without our own code.
#pragma once

#include <doctest/doctest.h>
#include <kj/vector.h>
#include <openssl/ssl.h>

#include <array>
#include <asio/write.hpp>
#include <functional>
#include <string>
#include <vector>

#include "common/net/loop/clock.h"
#include "common/net/tls/openssl.h"
#include "common/net/transport/dial.h"
#include "common/net/transport/listener.h"
#include "tests/net/testing.h"
#include "tests/net/tls_testing.h"

namespace pi::net::testing {

using namespace std::chrono_literals;

// A listener with keys that keeps the peers that it has accepted.
struct Host {
  explicit Host(ListenOptions options = {})
      : listener(loop, complete(std::move(options)), [this](std::shared_ptr<BufferedSocket> peer) {
          peers.add(kj::heap<MessageSocket>(std::move(peer)));
          arrivals.fulfiller->fulfill();
          arrivals = kj::newPromiseAndFulfiller<void>();
        }) {}

  static ListenOptions complete(ListenOptions options) {
    options.hosts = {"127.0.0.1"};
    if (options.tls == nullptr) options.tls = calledContext();
    return options;
  }

  Address address() const { return {"127.0.0.1", listener.port()}; }
  DialOptions access(const Secret& own = keys().worker,
                     const Secret& scheduler = keys().scheduler) const {
    return {.credentials = callerContext(own, scheduler)};
  }
  kj::Own<MessageSocket> dialOne(const DialOptions& options) {
    return dial(loop, {address()}, options).wait(loop.waitScope());
  }
  kj::Own<MessageSocket> dialOne() { return dialOne(access()); }
  kj::Exception failureOfDialling(const DialOptions& options) {
    auto failure = failureOf(dial(loop, {address()}, options), loop);
    KJ_IF_MAYBE (exception, failure) {
      return kj::mv(*exception);
    }
    FAIL("was let in");
    return KJ_EXCEPTION(FAILED, "was let in");
  }
  Tcp::socket connect() {
    Tcp::socket socket(loop.io());
    socket.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), listener.port()));
    return socket;
  }
  void turn() { loop.timer().afterDelay(toKj(1ms)).wait(loop.waitScope()); }
  template <typename Condition>
  void turnUntil(Condition condition) {
    Instant patience = now() + 30s;
    while (!condition()) {
      REQUIRE(now() < patience);
      turn();
    }
  }

  KjLoop loop;
  kj::PromiseFulfillerPair<void> arrivals = kj::newPromiseAndFulfiller<void>();
  kj::Vector<kj::Own<MessageSocket>> peers;
  Listener listener;
};

inline bool mentions(const kj::Exception& exception, const std::string& part) {
  return std::string(exception.getDescription().cStr()).find(part) != std::string::npos;
}

// Reads until the other side closes the connection.
inline bool isHungUpOn(Host& host, Tcp::socket& socket) {
  bool isOver = false;
  std::array<char, 4096> bytes;
  std::function<void()> read = [&] {
    socket.async_read_some(asio::buffer(bytes), [&](std::error_code error, std::size_t) {
      isOver = static_cast<bool>(error);
      if (!isOver) read();
    });
  };
  read();
  host.turnUntil([&] { return isOver; });
  return isOver;
}

// The first flight of a caller.
inline std::vector<std::byte> firstFlight() {
  TlsSession session(callerContext());
  session.shake();
  std::vector<std::byte> bytes;
  session.takeOutput(bytes);
  return bytes;
}

// A worker that uses OpenSSL directly, to send what our own code never sends.
struct RawWorker {
  explicit RawWorker(Host& ourHost)
      : host(ourHost),
        socket(host.connect()),
        halves(readKeyPair(keys().worker.reveal())),
        context(SSL_CTX_new(TLS_client_method())) {
    socket.non_blocking(true);
    SSL_CTX_use_certificate(context.get(), halves.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), halves.key.get());
    ssl.reset(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), socket.native_handle());
    SSL_set_connect_state(ssl.get());
    host.turnUntil([this] { return SSL_do_handshake(ssl.get()) == 1; });
    host.turnUntil([this] { return !read().empty(); });  // The scheduler's first byte.
  }

  // Returns some of the bytes that have arrived.
  std::string read(std::size_t bytesMax = 1 << 20) {
    std::string text(bytesMax, '\0');
    std::size_t filled = 0;
    for (std::size_t count = 0; filled < bytesMax && SSL_read_ex(ssl.get(), text.data() + filled,
                                                                 bytesMax - filled, &count) == 1;) {
      filled += count;
    }
    text.resize(filled);
    return text;
  }
  void askForNewKeys() {
    CHECK(SSL_key_update(ssl.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
    CHECK(SSL_do_handshake(ssl.get()) == 1);
  }

  Host& host;
  Tcp::socket socket;
  KeyHalves halves;
  SslContext context;
  Ssl ssl;
};

}  // namespace pi::net::testing
