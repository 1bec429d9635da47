// A listener for browsers: TLS that asks for no key.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <string>

#include "common/net/tls/web_certificate.h"
#include "common/net/transport/byte_stream.h"
#include "tests/net/tls_host.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;

namespace {

constexpr const char* kPlainAnswer = "HTTP/1.1 400 Bad Request\r\n\r\nspeak TLS\n";

const Secret& webKey() {
  static const Secret kKey = makeWebKeyPair({"localhost", "127.0.0.1"}, wallNow());
  return kKey;
}

// Keeps the sockets of its peers as they are.
struct WebHost {
  explicit WebHost(ListenOptions options = {})
      : listener(loop, complete(std::move(options)),
                 [this](std::shared_ptr<BufferedSocket> peer) { peers.push_back(peer); }) {}
  static ListenOptions complete(ListenOptions options) {
    options.hosts = {"127.0.0.1"};
    options.tls = std::make_shared<TlsContext>(webKey(), kPlainAnswer);
    return options;
  }
  Tcp::socket connect() {
    Tcp::socket socket(loop.io());
    socket.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), listener.port()));
    return socket;
  }
  template <typename Condition>
  void turnUntil(Condition condition) {
    for (Instant patience = now() + 30s; !condition();) {
      REQUIRE(now() < patience);
      loop.timer().afterDelay(toKj(1ms)).wait(loop.waitScope());
    }
  }

  KjLoop loop;
  std::vector<std::shared_ptr<BufferedSocket>> peers;
  Listener listener;
};

// A browser that accepts this host's certificate if it names `name`.
struct Browser {
  Browser(WebHost& ourHost, const char* name, int versionMax = TLS1_3_VERSION)
      : host(ourHost), socket(host.connect()), context(SSL_CTX_new(TLS_client_method())) {
    socket.non_blocking(true);
    SSL_CTX_set_max_proto_version(context.get(), versionMax);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    KeyHalves halves = readKeyPair(webKey().reveal());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), halves.certificate.get());
    ssl.reset(SSL_new(context.get()));
    SSL_set1_host(ssl.get(), name);
    SSL_set_fd(ssl.get(), socket.native_handle());
    SSL_set_connect_state(ssl.get());
  }
  // Whether the handshake succeeds.
  bool shake() {
    int result = 0;
    int error = SSL_ERROR_NONE;
    host.turnUntil([&] {
      result = SSL_do_handshake(ssl.get());
      error = SSL_get_error(ssl.get(), result);
      return result == 1 || error != SSL_ERROR_WANT_READ;
    });
    return result == 1;
  }

  WebHost& host;
  Tcp::socket socket;
  SslContext context;
  Ssl ssl;
};

}  // namespace

TEST_CASE("a browser gets in without a key, by the names of the certificate alone") {
  WebHost host;
  for (const char* name : {"localhost", "127.0.0.1"}) {
    CAPTURE(name);
    CHECK(Browser(host, name).shake());
  }
  CHECK_FALSE(Browser(host, "evil.example").shake());
}

TEST_CASE("the first byte that a browser gets is the answer to its request") {
  WebHost host;
  Browser browser(host, "localhost");
  REQUIRE(browser.shake());
  host.turnUntil([&] { return host.peers.size() == 1; });
  CHECK(host.listener.connectionsByRole().at(Role::kAnyone) == 1);
  REQUIRE(SSL_write(browser.ssl.get(), "ping", 4) == 4);
  auto stream = byteStream(host.peers[0]);
  std::string request(4, '\0');
  stream->read(request.data(), request.size()).wait(host.loop.waitScope());
  CHECK(request == "ping");
  stream->write("pong", 4).wait(host.loop.waitScope());
  std::string answer(16, '\0');
  int count = 0;
  host.turnUntil([&] {
    count = SSL_read(browser.ssl.get(), answer.data(), static_cast<int>(answer.size()));
    return count > 0;
  });
  CHECK(answer.substr(0, static_cast<std::size_t>(count)) == "pong");
}

TEST_CASE("a browser of the time before TLS 1.3 is refused") {
  WebHost host;
  CHECK_FALSE(Browser(host, "localhost", TLS1_2_VERSION).shake());
  CHECK(host.peers.empty());
}

TEST_CASE("a request without TLS gets one plain answer, and its connection is closed") {
  for (const char* request : {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "DELETE / HTTP/1.1\r\n",
                              "SSH-2.0-OpenSSH_9.2\r\n"}) {
    CAPTURE(request);
    WebHost host;
    Tcp::socket socket = host.connect();
    asio::write(socket, asio::buffer(std::string(request)));
    std::string received;
    std::array<char, 4096> bytes;
    bool isOver = false;
    std::function<void()> read = [&] {
      socket.async_read_some(asio::buffer(bytes), [&](std::error_code error, std::size_t count) {
        received.append(bytes.data(), count);
        isOver = static_cast<bool>(error);
        if (!isOver) read();
      });
    };
    read();
    host.turnUntil([&] { return isOver; });
    CHECK(received == kPlainAnswer);
    socket.close();
    host.turnUntil([&] { return host.listener.handshakes() == 0; });
    CHECK(host.peers.empty());
  }
}

TEST_CASE("a browser that finds all connections in use is sent away, and the others stay") {
  WebHost host({.connectionsMax = 1, .keptForOwner = 0});
  Browser first(host, "localhost");
  REQUIRE(first.shake());
  host.turnUntil([&] { return host.peers.size() == 1; });
  Browser second(host, "localhost");
  second.shake();
  char byte = 0;
  host.turnUntil([&] {
    int result = SSL_read(second.ssl.get(), &byte, 1);
    return SSL_get_error(second.ssl.get(), result) != SSL_ERROR_WANT_READ;
  });
  CHECK(host.peers.size() == 1);
  CHECK(host.listener.connections() == 1);
}
