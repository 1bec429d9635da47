#include "common/net/rpc/client_link.h"

#include <doctest/doctest.h>

#include <asio/write.hpp>

#include "common/net/loop/clock.h"
#include "tests/net/testing.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;
using namespace std::chrono_literals;

namespace {

// Connects to this port of this machine, and returns the error.
ConnectError errorAt(KjLoop& loop, std::uint16_t port, std::optional<Instant> deadline = {}) {
  try {
    enterAsClient(loop, std::vector<Address>{{"127.0.0.1", port}}, deadline);
  } catch (const ConnectError& error) {
    return error;
  }
  throw std::runtime_error("let in");
}

}  // namespace

TEST_CASE("a service that is not a scheduler is reported as such") {
  KjLoop loop;
  for (const std::string& greeting : {std::string("SSH-2.0-something\r\n"), std::string()}) {
    CAPTURE(greeting);
    Tcp::acceptor acceptor(loop.io(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    acceptor.async_accept([&](std::error_code error, Tcp::socket socket) {
      if (!error) asio::write(socket, asio::buffer(greeting), error);
    });
    ConnectError error = errorAt(loop, acceptor.local_endpoint().port());
    CHECK(error.kind() == ConnectFailure::kNotAScheduler);
    CHECK(std::string(error.what()).find("is not a pi-scheduler") != std::string::npos);
  }
}

TEST_CASE("a service that sends nothing times out at the deadline") {
  KjLoop loop;
  Tcp::acceptor acceptor(loop.io(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  ConnectError error = errorAt(loop, acceptor.local_endpoint().port(), now() + 20ms);
  CHECK(error.kind() == ConnectFailure::kTimedOut);
}

TEST_CASE("a port where no program listens is unreachable") {
  KjLoop loop;
  CHECK(errorAt(loop, 1).kind() == ConnectFailure::kUnreachable);
}
