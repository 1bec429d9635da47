// A listener among strangers: their handshakes delay no other peer, and every place is given back.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <asio/write.hpp>
#include <string>
#include <vector>

#include "tests/net/tls_host.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;

namespace {

// A worker that is in.  It sends a message, waits for it to come back, and so on.
struct Player {
  explicit Player(Host& host) : own(host.dialOne()) {
    host.turnUntil([&host] { return !host.peers.empty(); });
    other = kj::mv(host.peers.back());
    host.peers.removeLast();
    echo = reply().eagerlyEvaluate(nullptr);
    game = play().eagerlyEvaluate(nullptr);
  }
  kj::Promise<void> play() {
    own->send(messageOf(10)->getSegmentsForOutput());
    return own->readMessage().then([this](auto&&) {
      ++calls;
      return play();
    });
  }
  kj::Promise<void> reply() {
    return other->readMessage().then([this](auto&&) {
      other->send(messageOf(10)->getSegmentsForOutput());
      return reply();
    });
  }

  std::uint64_t calls = 0;
  kj::Own<MessageSocket> own;
  kj::Own<MessageSocket> other;
  kj::Promise<void> echo = nullptr;
  kj::Promise<void> game = nullptr;
};

// Strangers that have sent a hello each.
std::vector<Tcp::socket> strangers(Host& host, std::size_t count) {
  static const std::vector<std::byte> kHello = firstFlight();
  std::vector<Tcp::socket> sockets;
  for (std::size_t i = 0; i < count; ++i) {
    sockets.push_back(host.connect());
    asio::write(sockets.back(), asio::buffer(kHello));
  }
  return sockets;
}

bool isAnswered(Tcp::socket& stranger) {
  std::error_code error;
  return stranger.available(error) > 0;
}

bool areAnswered(std::vector<Tcp::socket>& all) { return std::ranges::all_of(all, isAnswered); }

}  // namespace

TEST_CASE("between the handshakes of strangers, the calls of a peer that is in are served") {
  Host host;
  Player player(host);
  std::vector<Tcp::socket> crowd = strangers(host, 100);
  BackgroundCounts before = host.loop.backgroundCounts();
  std::uint64_t callsBefore = player.calls;
  host.turnUntil([&] { return areAnswered(crowd); });

  const BackgroundCounts& after = host.loop.backgroundCounts();
  std::uint64_t pieces = after.pieces - before.pieces;
  std::uint64_t calls = player.calls - callsBefore;
  CHECK(pieces >= 2 * crowd.size());  // One to accept it, one for its hello.
  CHECK(calls > 2 * pieces);
  Duration handshakes = after.cpuBeforeOthers - before.cpuBeforeOthers;
  CHECK(handshakes < after.cpu);
  MESSAGE(calls << " calls were served between " << pieces << " pieces of handshakes");
}

TEST_CASE("a worker joins although strangers come first, and other peers keep the loop busy") {
  Host host;
  Player player(host);
  std::vector<Tcp::socket> crowd = strangers(host, 100);
  auto worker = host.dialOne();
  host.turnUntil([&] { return host.peers.size() == 1; });
  CHECK(host.peers[0]->role() == Role::kWorker);
  CHECK(areAnswered(crowd));  // The oldest first.
}

TEST_CASE("a place is given back at each end of a handshake or a connection") {
  Host host({.connectionsMax = 2, .handshakesMax = 1, .handshakeSlow = 1ms, .handshakeMax = 50ms});
  auto areFree = [&host] { return host.listener.handshakes() + host.listener.connections() == 0; };
  auto expectFree = [&](const char* end) {
    CAPTURE(end);
    host.peers.clear();
    host.turnUntil(areFree);
    auto worker = host.dialOne();  // There is a place for the next one.
    host.turnUntil([&] { return host.peers.size() == 1; });
    CHECK(host.listener.connections() == 1);
    host.peers.clear();
    worker = nullptr;
    host.turnUntil(areFree);
  };
  host.dialOne();
  expectFree("a peer has left");
  host.failureOfDialling(host.access(keys().stranger));
  expectFree("a key was refused");
  host.failureOfDialling(host.access(keys().worker, keys().stranger));
  expectFree("the caller has refused the scheduler");
  { Tcp::socket gone = host.connect(); }
  expectFree("a caller has left before its first byte");
  strangers(host, 1).clear();
  expectFree("a caller has left after its hello");
  Tcp::socket silent = host.connect();
  CHECK(isHungUpOn(host, silent));
  expectFree("a handshake took too long");
  Tcp::socket garbage = host.connect();
  asio::write(garbage, asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
  garbage.close();
  expectFree("a caller speaks no TLS");
  auto first = host.dialOne();
  host.turnUntil([&] { return host.peers.size() == 1; });
  CHECK(connectFailureOf(host.failureOfDialling(host.access())) == ConnectFailure::kFull);
  first = nullptr;
  expectFree("the scheduler was full");
  Tcp::socket slow = host.connect();
  host.turnUntil([&] { return host.listener.handshakes() == 1; });
  auto next = host.dialOne();
  CHECK(host.listener.handshakeCounts().displaced == 1);
  next = nullptr;
  expectFree("a slow handshake was ended for another one");
}

TEST_CASE("a handshake that is ended for another one sees the end at once, and nothing follows") {
  Host host({.handshakesMax = 1, .handshakeSlow = 1ms, .handshakeMax = 40ms});
  Tcp::socket first = host.connect();
  host.turnUntil([&] { return host.listener.handshakes() == 1; });
  Tcp::socket second = host.connect();
  CHECK(isHungUpOn(host, first));
  CHECK(host.listener.handshakeCounts().begun == 2);
  CHECK(host.listener.handshakeCounts().displaced == 1);
  CHECK(host.listener.handshakes() == 1);  // The second has the only place.
  CHECK(isHungUpOn(host, second));         // At its deadline.  That of the first was earlier.
  CHECK(host.listener.handshakes() == 0);
  host.dialOne();
}

TEST_CASE("a handshake that waits for its turn is not ended for another one") {
  Host host({.handshakesMax = 3, .handshakeSlow = 0ms});
  const std::vector<std::byte> hello = firstFlight();
  std::vector<Tcp::socket> callers;
  for (int i = 0; i < 3; ++i) {
    callers.push_back(host.connect());
    host.turnUntil([&] { return host.listener.handshakes() == callers.size(); });
  }
  std::uint64_t pieces = host.loop.backgroundCounts().pieces;
  asio::write(callers[0], asio::buffer(hello.data(), 1));
  host.turnUntil([&] { return host.loop.backgroundCounts().pieces > pieces; });
  // Accepting is next, and all three have sent what the scheduler waits for.
  asio::write(callers[0], asio::buffer(hello.data() + 1, hello.size() - 1));
  asio::write(callers[1], asio::buffer(hello));
  asio::write(callers[2], asio::buffer(hello));
  Tcp::socket next = host.connect();

  host.turnUntil([&] { return areAnswered(callers); });
}

TEST_CASE("neither workers nor clients take the places of the others, or the owner's") {
  Host host({.connectionsMax = 6, .clientsMax = 2, .workerConnectionsMax = 4, .keptForOwner = 1});
  auto call = [&host](const Secret& key) {
    return dial(host.loop, {host.address()}, host.access(key));
  };
  auto isFull = [&](const Secret& key) {
    return connectFailureOf(host.failureOfDialling(host.access(key))) == ConnectFailure::kFull;
  };
  kj::Vector<kj::Own<MessageSocket>> in;
  for (int i = 0; i < 4; ++i) in.add(call(keys().worker).wait(host.loop.waitScope()));
  CHECK(isFull(keys().worker));
  in.add(call(keys().client).wait(host.loop.waitScope()));
  CHECK(isFull(keys().client));  // The last place is the owner's.
  in.add(call(keys().owner).wait(host.loop.waitScope()));
  CHECK(isFull(keys().owner));
  host.peers.clear();
  in.clear();
  host.turnUntil([&] { return host.listener.connections() == 0; });
  for (int i = 0; i < 2; ++i) in.add(call(keys().client).wait(host.loop.waitScope()));
  CHECK(isFull(keys().client));
  for (int i = 0; i < 3; ++i) in.add(call(keys().worker).wait(host.loop.waitScope()));
  CHECK(isFull(keys().worker));
}

TEST_CASE("a closed connection gives its place back within the grace, though the peer never ends") {
  Host host({.stream = {.closeGrace = 20ms}});
  RawWorker worker(host);
  host.turnUntil([&] { return host.peers.size() == 1; });
  host.peers.clear();
  CHECK(host.listener.connections() == 1);
  host.turnUntil([&] { return host.listener.connections() == 0; });
}

TEST_CASE("a peer that requests new keys without end, and never reads, is cut off") {
  Host host;
  RawWorker worker(host);
  host.turnUntil([&] { return host.peers.size() == 1; });
  MessageSocket& scheduler = *host.peers[0];
  auto listening = scheduler.tryReadMessage().eagerlyEvaluate(nullptr);
  scheduler.send(messageOf(7'000'000)->getSegmentsForOutput());  // More than the kernel takes.
  std::size_t held = 0;
  for (int asked = 0; asked < 100'000 && !scheduler.failure(); asked += 100) {
    for (int i = 0; i < 100; ++i) worker.askForNewKeys();
    host.turn();
    ++held;
  }
  CHECK(scheduler.failure().value_or("").find("does not read what it is sent") !=
        std::string::npos);
  CHECK(held > 1);
}
