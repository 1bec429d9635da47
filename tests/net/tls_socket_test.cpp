#include "common/net/transport/tls_socket.h"

#include <capnp/serialize.h>
#include <doctest/doctest.h>
#include <kj/vector.h>
#include <openssl/ssl.h>

#include <asio/read.hpp>
#include <asio/write.hpp>
#include <random>
#include <string>

#include "common/net/loop/clock.h"
#include "common/net/rpc/client_link.h"
#include "common/net/rpc/connection.h"
#include "common/net/tls/openssl.h"
#include "common/net/transport/dial.h"
#include "common/net/transport/listener.h"
#include "tests/net/tls_host.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;
using namespace std::chrono_literals;

namespace {

// A proxy between a caller and a listener.  It cuts both off after `bytesMax` bytes in total.
struct Cutter {
  Cutter(Host& ourHost, std::size_t bytesMax)
      : host(ourHost),
        left(bytesMax),
        acceptor(host.loop.io(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        front(host.loop.io()),
        back(host.connect()) {
    acceptor.async_accept(front, [this](std::error_code error) {
      if (error) return;
      pump(front, back, upward);
      pump(back, front, downward);
    });
  }
  Address address() { return {"127.0.0.1", acceptor.local_endpoint().port()}; }

  using Bytes = std::array<char, 256>;
  void pump(Tcp::socket& from, Tcp::socket& to, Bytes& bytes) {
    from.async_read_some(asio::buffer(bytes), [&](std::error_code error, std::size_t count) {
      std::error_code ignored;
      std::size_t passed = std::min(count, left);
      if (passed != 0) asio::write(to, asio::buffer(bytes.data(), passed), ignored);
      left -= passed;
      if (!error && passed == count && left != 0) return pump(from, to, bytes);
      if (left == 0) wasCut = true;
      front.close(ignored);
      back.close(ignored);
    });
  }

  Host& host;
  std::size_t left;
  bool wasCut = false;
  Tcp::acceptor acceptor;
  Tcp::socket front;
  Tcp::socket back;
  Bytes upward{};
  Bytes downward{};
};

// Two sessions that have accepted each other: the caller's and the called side's.
std::pair<std::unique_ptr<TlsSession>, std::unique_ptr<TlsSession>> openSessions() {
  auto caller = std::make_unique<TlsSession>(callerContext());
  auto called = std::make_unique<TlsSession>(calledContext());
  for (int turn = 0; turn < 3; ++turn) {
    for (auto [from, to] : {std::pair(caller.get(), called.get()), {called.get(), caller.get()}}) {
      from->shake();
      std::vector<std::byte> bytes;
      from->takeOutput(bytes);
      to->receive(bytes);
    }
  }
  return {std::move(caller), std::move(called)};
}

// A message without repetitions, and its bytes on the wire.
kj::Own<capnp::MallocMessageBuilder> variedMessage(std::size_t bytes) {
  auto message = messageOf(bytes);
  auto name = message->getRoot<wire::WorkerProfile>().getName();
  std::minstd_rand random(1);
  for (char& c : name) c = static_cast<char>('!' + random() % 90);
  return message;
}

std::string wireBytes(capnp::MessageBuilder& message) {
  auto words = capnp::messageToFlatArray(message);
  auto bytes = words.asBytes();
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

}  // namespace

TEST_CASE("a peer with a key is accepted with the role of that key") {
  Host host;
  auto worker = host.dialOne(host.access(keys().worker));
  auto client = host.dialOne(host.access(keys().client));
  host.turnUntil([&] { return host.peers.size() == 2; });
  CHECK(host.peers[0]->role() == Role::kWorker);
  CHECK(host.peers[1]->role() == Role::kClient);
  CHECK(worker->role() == Role::kScheduler);
  CHECK(host.listener.connections() == 2);
  CHECK(host.listener.handshakes() == 0);
}

TEST_CASE("large and small messages pass in both directions, and a clean end is seen as one") {
  Host host;
  auto& scope = host.loop.waitScope();
  auto worker = host.dialOne();
  host.turnUntil([&] { return !host.peers.empty(); });
  MessageSocket& scheduler = *host.peers[0];
  for (std::size_t size : {1u, 100u, 20'000u, 4'000'000u}) {
    CAPTURE(size);
    worker->writeMessage(*messageOf(size)).wait(scope);
    scheduler.writeMessage(*messageOf(size + 1)).wait(scope);
    auto up = scheduler.readMessage();
    auto down = worker->readMessage();
    CHECK(sizeOf(*up.wait(scope)) == size);
    CHECK(sizeOf(*down.wait(scope)) == size + 1);
  }
  for (int i = 0; i < 1000; ++i) worker->writeMessage(*messageOf(10)).wait(scope);
  for (int i = 0; i < 1000; ++i) CHECK(sizeOf(*scheduler.readMessage().wait(scope)) == 10);

  worker->writeMessage(*messageOf(1'000'000)).wait(scope);
  worker = nullptr;  // Its output still leaves.
  CHECK(sizeOf(*scheduler.readMessage().wait(scope)) == 1'000'000);
  CHECK(scheduler.tryReadMessage().wait(scope) == nullptr);
  CHECK_FALSE(scheduler.failure());
}

TEST_CASE("nothing is sent twice to a peer that requests new keys all the time") {
  Host host;
  RawWorker worker(host);
  host.turnUntil([&] { return !host.peers.empty(); });
  auto listening = host.peers[0]->tryReadMessage();
  std::string sent;
  for (int i = 0; i < 7; ++i) {
    auto message = variedMessage(8'000'000);
    sent += wireBytes(*message);
    host.peers[0]->send(message->getSegmentsForOutput());
  }

  // Output can be written and input can be read whenever the scheduler looks.
  std::string received;
  host.turnUntil([&] {
    received += worker.read(400'000);
    worker.askForNewKeys();
    worker.askForNewKeys();  // The first is answered when the second arrives.
    return received.size() >= sent.size();
  });
  for (int i = 0; i < 10; ++i) received += (host.turn(), worker.read());
  CHECK(received.size() == sent.size());
  CHECK((received == sent));
}

TEST_CASE("an idle connection frees most of the buffers that it needed before") {
  KjLoop loop;
  auto& scope = loop.waitScope();
  for (bool isTls : {false, true}) {
    CAPTURE(isTls);
    StreamLimits limits;
    limits.budget = std::make_shared<BufferBudget>(BufferBudget{.bytesMax = 1 << 30});
    auto [first, second] = tcpPair(loop);
    std::shared_ptr<BufferedSocket> sockets[2];
    if (isTls) {
      auto [caller, called] = openSessions();
      sockets[0] = bufferedSocket(loop, std::move(first), std::move(called), limits);
      sockets[1] = bufferedSocket(loop, std::move(second), std::move(caller), limits);
    } else {
      sockets[0] = bufferedSocket(loop, std::move(first), limits);
      sockets[1] = bufferedSocket(loop, std::move(second), limits);
    }
    MessageSocket scheduler(sockets[0]), client(sockets[1]);
    for (auto [from, to] : {std::pair(&scheduler, &client), {&client, &scheduler}}) {
      auto arrival = to->readMessage();
      from->send(messageOf(900'000)->getSegmentsForOutput());
      CHECK(limits.budget->bytes > 700'000);
      arrival.wait(scope);
    }
    auto idle = scheduler.tryReadMessage(), alsoIdle = client.tryReadMessage();
    scope.poll();
    for (const auto& socket : sockets) CHECK(socket->heldBytes() <= kBufferShareBytes);
    CHECK(limits.budget->bytes == 0);
  }
}

TEST_CASE("with TLS, too, a peer that does not read is disconnected") {
  Host host({.stream = {.outputBytesMax = 1 << 20}});
  auto worker = host.dialOne();
  host.turnUntil([&] { return !host.peers.empty(); });
  for (int i = 0; i < 1000 && !host.peers[0]->failure(); ++i) {
    host.peers[0]->send(messageOf(100'000)->getSegmentsForOutput());
    host.turn();
  }
  CHECK(host.peers[0]->failure().value_or("").find("does not read") != std::string::npos);
}

TEST_CASE("a connection that is cut between two messages is an end, and within a message a loss") {
  Host host;
  std::size_t handshakeBytes = 3000;
  Cutter cutter(host, handshakeBytes);
  auto worker = dial(host.loop, {cutter.address()}, host.access()).wait(host.loop.waitScope());
  host.turnUntil([&] { return !host.peers.empty(); });
  worker->send(messageOf(100'000)->getSegmentsForOutput());
  CHECK(isDisconnected(host.peers[0]->readMessage(), host.loop));
}

TEST_CASE("a wrong key is reported at once, on either side") {
  Host host;
  kj::Exception refused = host.failureOfDialling(host.access(keys().stranger));
  CHECK(connectFailureOf(refused) == ConnectFailure::kRefused);
  CHECK(mentions(refused, "refuses this program's key; get its current connection file"));

  kj::Exception other = host.failureOfDialling(host.access(keys().worker, keys().stranger));
  CHECK(connectFailureOf(other) == ConnectFailure::kRefused);
  CHECK(mentions(other, "does not have the expected scheduler's key; get its current"));
  CHECK(host.peers.empty());
  host.turnUntil([&] { return host.listener.connections() == 0; });
}

TEST_CASE("a missing key is reported only after a scheduler has answered") {
  Host host;
  DialOptions keyless{.credentials = KeyError("there is no key")};
  kj::Exception error = host.failureOfDialling(keyless);
  CHECK(connectFailureOf(error) == ConnectFailure::kRefused);
  CHECK(mentions(error, "was reached, but there is no key"));

  auto unreachable = failureOf(dial(host.loop, {{"127.0.0.1", 1}}, keyless), host.loop);
  CHECK(connectFailureOf(KJ_ASSERT_NONNULL(unreachable)) == ConnectFailure::kUnreachable);
}

TEST_CASE(
    "a service without TLS is reported as no scheduler, and one that sends nothing as silent") {
  Host host;
  for (const std::string& greeting : {std::string("SSH-2.0-something\r\n"), std::string()}) {
    CAPTURE(greeting);
    Tcp::acceptor acceptor(host.loop.io(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    acceptor.async_accept([&](std::error_code error, Tcp::socket socket) {
      if (!error) asio::write(socket, asio::buffer(greeting), error);
    });
    Address there{"127.0.0.1", acceptor.local_endpoint().port()};
    auto failure = failureOf(dial(host.loop, {there}, host.access()), host.loop);
    CHECK(connectFailureOf(KJ_ASSERT_NONNULL(failure)) == ConnectFailure::kNotAScheduler);
    CHECK(mentions(KJ_ASSERT_NONNULL(failure), "is not a pi-scheduler with keys"));
  }
  Tcp::acceptor mute(host.loop.io(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  DialOptions hasty = host.access();
  hasty.handshakeMax = 20ms;
  Address there{"127.0.0.1", mute.local_endpoint().port()};
  auto failure = failureOf(dial(host.loop, {there}, hasty), host.loop);
  CHECK(connectFailureOf(KJ_ASSERT_NONNULL(failure)) == ConnectFailure::kSilent);
  // The address that accepts us is used, with any service at the other address.
  dial(host.loop, {there, host.address()}, hasty).wait(host.loop.waitScope());
}

TEST_CASE("a scheduler without keys is distinguished from one with keys") {
  KjLoop loop;
  kj::Vector<kj::Own<Connection>> visitors;
  Listener open(loop, {.hosts = {"127.0.0.1"}}, [&](std::shared_ptr<BufferedSocket> peer) {
    visitors.add(kj::heap<Connection>(kj::heap<MessageSocket>(std::move(peer)),
                                      capnp::Capability::Client(nullptr)));
  });
  DialOptions withKey{.credentials = callerContext()};
  auto failure = failureOf(dial(loop, {{"127.0.0.1", open.port()}}, withKey), loop);
  CHECK(connectFailureOf(KJ_ASSERT_NONNULL(failure)) == ConnectFailure::kNotAScheduler);
  CHECK(mentions(KJ_ASSERT_NONNULL(failure), "started with --insecure"));
}

TEST_CASE("a client without TLS is told that the scheduler may need keys") {
  Host host;
  try {
    enterAsClient(host.loop, std::vector{host.address()});
    FAIL("let in");
  } catch (const ConnectError& error) {
    CHECK(error.kind() == ConnectFailure::kNotAScheduler);
    CHECK(std::string(error.what()).find("it needs keys") != std::string::npos);
  }
  CHECK(host.peers.empty());
}

TEST_CASE("a handshake that is cut anywhere gives no access, and other peers continue") {
  Host host;
  std::vector<std::unique_ptr<Cutter>> cutters;  // Asio may use them until the end.
  for (std::size_t cut = 1;; cut += 29) {
    CAPTURE(cut);
    Cutter& cutter = *cutters.emplace_back(std::make_unique<Cutter>(host, cut));
    auto failure = failureOf(dial(host.loop, {cutter.address()}, host.access()), host.loop);
    if (failure == nullptr) {
      CHECK(cut > 1000);  // Three flights with two certificates.
      break;
    }
    // If only the scheduler's first byte is missing, the scheduler has accepted the caller.
    if (!host.peers.empty()) CHECK(cut > 1000);
    host.peers.clear();
  }
  host.peers.clear();
  host.turnUntil([&] { return host.listener.handshakes() + host.listener.connections() == 0; });
  host.dialOne();
}

TEST_CASE("a slow handshake is cut at its deadline, at any pace") {
  Host host({.handshakeMax = 30ms});
  std::vector<std::byte> hello = firstFlight();
  Tcp::socket mute = host.connect();
  Tcp::socket partial = host.connect();
  asio::write(partial, asio::buffer(hello.data(), hello.size() / 2));
  Tcp::socket whole = host.connect();
  asio::write(whole, asio::buffer(hello));
  for (Tcp::socket* socket : {&mute, &partial, &whole}) CHECK(isHungUpOn(host, *socket));
  CHECK(host.listener.handshakes() == 0);
  host.dialOne();
}

TEST_CASE("garbage is answered with an alert, and the connection ends") {
  Host host;
  for (const std::string& noise : {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(4096, '\xff'),
                                   std::string(1 << 20, '\0')}) {
    Tcp::socket socket = host.connect();
    asio::async_write(socket, asio::buffer(noise), [](std::error_code, std::size_t) {});
    host.turn();
    std::error_code ignored;
    socket.shutdown(Tcp::socket::shutdown_send, ignored);
    CHECK(isHungUpOn(host, socket));
  }
  host.turnUntil([&] { return host.listener.handshakes() == 0; });
}

TEST_CASE("half-open handshakes are bounded, and the oldest is ended for a new one") {
  Host host({.handshakesMax = 8, .handshakeSlow = 20ms, .handshakeMax = 60s});
  std::vector<Tcp::socket> attackers;
  attackers.reserve(40);
  for (int i = 0; i < 40; ++i) attackers.push_back(host.connect());
  host.turnUntil([&] { return host.listener.handshakes() == 8; });

  auto worker = host.dialOne();  // It waits in the kernel's queue.
  CHECK(host.listener.handshakes() <= 8);
  worker->send(messageOf(10)->getSegmentsForOutput());
  host.turnUntil([&] { return !host.peers.empty(); });
  CHECK(sizeOf(*host.peers[0]->readMessage().wait(host.loop.waitScope())) == 10);
}

TEST_CASE("the next handshake starts as soon as one is over") {
  Host host({.handshakesMax = 1, .handshakeSlow = 60s, .handshakeMax = 60s});
  {
    Tcp::socket attacker = host.connect();
    host.turnUntil([&] { return host.listener.handshakes() == 1; });
  }
  host.dialOne();
}

TEST_CASE("a peer is told that the scheduler is full, until another peer leaves") {
  Host host({.connectionsMax = 1, .keptForOwner = 0});
  auto first = host.dialOne();
  host.turnUntil([&] { return host.peers.size() == 1; });

  kj::Exception refused = host.failureOfDialling(host.access());
  CHECK(connectFailureOf(refused) == ConnectFailure::kFull);
  CHECK(mentions(refused, "is full: all its connections are in use; try again later"));
  host.turnUntil([&] { return host.listener.handshakes() == 0; });
  CHECK(host.peers.size() == 1);
  CHECK(host.listener.connections() == 1);

  first = nullptr;
  host.peers.clear();
  host.turnUntil([&] { return host.listener.connections() == 0; });
  host.dialOne();
}

TEST_CASE("a scheduler that is full is not called at its other addresses, too") {
  Host full({.connectionsMax = 1, .keptForOwner = 0});
  auto first = full.dialOne();
  Listener other(full.loop, Host::complete({}), [](auto) {});
  Address there{"127.0.0.1", other.port()};

  auto failure = failureOf(dial(full.loop, {full.address(), there}, full.access()), full.loop);

  KJ_IF_MAYBE (exception, failure) {
    CHECK(connectFailureOf(*exception) == ConnectFailure::kFull);
  } else {
    FAIL("it is not refused");
  }
}

TEST_CASE("any number of clients leaves places for workers") {
  Host host({.connectionsMax = 3, .clientsMax = 1, .keptForOwner = 0});
  auto client = host.dialOne(host.access(keys().client));
  CHECK(mentions(host.failureOfDialling(host.access(keys().client)), "try again later"));
  auto first = host.dialOne(host.access(keys().worker));
  auto second = host.dialOne(host.access(keys().worker));
  host.turnUntil([&] { return host.listener.connections() == 3; });
}

TEST_CASE("many peers that connect at the same time are all accepted") {
  Host host({.handshakesMax = 16});
  kj::Vector<kj::Promise<kj::Own<MessageSocket>>> calls;
  for (int i = 0; i < 100; ++i) calls.add(dial(host.loop, {host.address()}, host.access()));
  for (auto& call : calls) call.wait(host.loop.waitScope());
  CHECK(host.peers.size() >= 99);
}

TEST_CASE("a destroyed listener ends its handshakes, and a dropped dial ends its own") {
  auto host = std::make_unique<Host>();
  Tcp::socket half = host->connect();
  { auto dropped = dial(host->loop, {host->address()}, host->access()); }
  host->turn();
  { auto dropped = dial(host->loop, {host->address()}, host->access()); }
  host->turn();
}
