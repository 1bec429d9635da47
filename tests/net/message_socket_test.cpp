#include "common/net/message_socket.h"

#include <doctest/doctest.h>

#include <utility>

#include "tests/net/testing.h"

using namespace pi::net;
using namespace pi::net::testing;

TEST_CASE("a message arrives as it was sent") {
  KjLoop loop;
  auto [a, b] = tcpPair(loop);
  auto sender = messageSocket(loop, std::move(a));
  auto receiver = messageSocket(loop, std::move(b));

  sender->writeMessage(*messageOf(1000)).wait(loop.waitScope());
  auto message = receiver->readMessage().wait(loop.waitScope());
  CHECK(sizeOf(*message) == 1000);
}
