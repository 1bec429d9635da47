#include "common/net/transport/message_socket.h"

#include <capnp/serialize.h>
#include <doctest/doctest.h>

#include <asio/post.hpp>
#include <memory>
#include <random>
#include <utility>

#include "tests/net/testing.h"

using namespace pi::net;
using namespace pi::net::testing;
using namespace std::chrono_literals;

namespace {

// A message socket, and the plain socket of a peer that may do anything.
struct Pair {
  explicit Pair(const StreamLimits& limits = {}) {
    auto [first, second] = tcpPair(loop);
    ours = messageSocket(loop, std::move(first), limits);
    peer = std::move(second);
  }

  void send(std::span<const std::byte> bytes) {
    asio::write(peer, asio::buffer(bytes.data(), bytes.size()));
  }
  void reset() {
    peer.set_option(asio::socket_base::linger(true, 0));
    peer.close();
  }
  bool readIsRefused() {
    auto failure = failureOf(ours->tryReadMessage(), loop);
    return failure != nullptr;
  }
  // Reads on the peer's side until the end; returns the number of bytes.
  std::size_t drainPeer() {
    peer.non_blocking(false);
    std::vector<std::byte> piece(64 << 10);
    std::size_t total = 0;
    std::error_code error;
    while (!error) total += peer.read_some(asio::buffer(piece), error);
    return total;
  }

  KjLoop loop;
  kj::Own<MessageSocket> ours;
  Tcp::socket peer{loop.io()};
};

// Both ends ours.
struct Ends {
  explicit Ends(const StreamLimits& limits = {}) {
    auto [first, second] = tcpPair(loop);
    sender = messageSocket(loop, std::move(first), limits);
    receiver = messageSocket(loop, std::move(second), limits);
  }

  void send(std::size_t bytes) { sender->writeMessage(*messageOf(bytes)).wait(loop.waitScope()); }
  std::size_t receive() {
    auto message = receiver->readMessage().wait(loop.waitScope());
    return sizeOf(*message);
  }

  KjLoop loop;
  kj::Own<MessageSocket> sender;
  kj::Own<MessageSocket> receiver;
};

std::vector<std::byte> flat(std::size_t bytes) {
  auto words = capnp::messageToFlatArray(*messageOf(bytes));
  auto view = std::as_bytes(std::span(words.begin(), words.size()));
  return {view.begin(), view.end()};
}

}  // namespace

TEST_CASE("messages arrive as they were sent, in order") {
  Ends ends;
  for (std::size_t size : {1, 10'000, 0, 300'000, 7}) ends.send(size);
  for (std::size_t size : {1, 10'000, 0, 300'000, 7}) CHECK(ends.receive() == size);
}

TEST_CASE("a message of many segments arrives whole") {
  Ends ends;
  capnp::MallocMessageBuilder message(1, capnp::AllocationStrategy::FIXED_SIZE);
  auto profile = message.initRoot<pi::wire::WorkerProfile>();
  profile.setName("a name");
  profile.setHost("a host");
  profile.setKernel("a kernel");
  REQUIRE(message.getSegmentsForOutput().size() > 2);

  ends.sender->writeMessage(message).wait(ends.loop.waitScope());
  auto received = ends.receiver->readMessage().wait(ends.loop.waitScope());
  CHECK(received->getRoot<pi::wire::WorkerProfile>().getKernel() == "a kernel");
}

TEST_CASE("a message arrives whole in pieces of any size") {
  Pair pair;
  auto bytes = flat(300);
  auto read = pair.ours->readMessage();
  for (std::byte byte : bytes) {
    CHECK(!read.poll(pair.loop.waitScope()));
    pair.send({&byte, 1});
  }
  auto message = read.wait(pair.loop.waitScope());
  CHECK(sizeOf(*message) == 300);
}

TEST_CASE("a dropped read loses nothing, and the next read gets the message") {
  Ends ends;
  for (int i = 0; i < 1000; ++i) {
    { auto dropped = ends.receiver->tryReadMessage(); }
    ends.send(100);
    {
      auto dropped = ends.receiver->tryReadMessage();
      // Half of these reads see the message.  They lose it only if they have taken it.
      if (i % 2 == 0) ends.loop.waitScope().poll();
      if (dropped.poll(ends.loop.waitScope())) {
        CHECK(dropped.wait(ends.loop.waitScope()) != nullptr);
        continue;
      }
    }
    CHECK(ends.receive() == 100);
  }
}

TEST_CASE("a flush waits until the peer has read enough, and ends with the connection") {
  Ends ends;
  CHECK(ends.sender->flush().poll(ends.loop.waitScope()));  // There is nothing to send.
  ends.send(7);
  CHECK(ends.sender->flush().poll(ends.loop.waitScope()));
  // Three messages of this size do not fit into the kernel's buffers.
  constexpr std::size_t kLargeBytes = 5 << 20;
  for (int i = 0; i < 3; ++i) ends.send(kLargeBytes);
  auto flush = ends.sender->flush();
  CHECK_FALSE(flush.poll(ends.loop.waitScope()));

  SUBCASE("the peer reads") {
    for (int i = 0; i < 4; ++i) ends.receive();
    flush.wait(ends.loop.waitScope());
  }
  SUBCASE("the peer is gone") {
    ends.receiver = nullptr;
    flush.wait(ends.loop.waitScope());
  }
}

TEST_CASE("a read that is dropped in the middle of a message loses nothing") {
  Pair pair;
  auto bytes = flat(1000);
  for (std::size_t cut : {std::size_t{3}, std::size_t{8}, std::size_t{500}}) {
    pair.send(std::span(bytes).first(cut));
    {
      auto dropped = pair.ours->tryReadMessage();
      CHECK(!dropped.poll(pair.loop.waitScope()));
    }
    pair.send(std::span(bytes).subspan(cut));
    auto message = pair.ours->readMessage().wait(pair.loop.waitScope());
    CHECK(sizeOf(*message) == 1000);
  }
}

TEST_CASE("ten megabytes reach a slow reader") {
  Ends ends;
  for (int i = 0; i < 20; ++i) ends.send(500'000);
  for (int i = 0; i < 20; ++i) {
    ends.loop.timer().afterDelay(toKj(1ms)).wait(ends.loop.waitScope());
    CHECK(ends.receive() == 500'000);
  }
}

TEST_CASE("a peer that never reads is cut off once it leaves too much unread") {
  Pair pair({.outputBytesMax = 1 << 20});
  auto read = pair.ours->tryReadMessage();
  int written = 0;
  kj::Maybe<kj::Exception> failure;
  while (failure == nullptr) {
    REQUIRE(written < 1000);
    failure = failureOf(pair.ours->writeMessage(*messageOf(100'000)), pair.loop);
    pair.loop.waitScope().poll();
    ++written;
  }
  CHECK(KJ_ASSERT_NONNULL(failure).getType() == kj::Exception::Type::DISCONNECTED);
  CHECK(isDisconnected(kj::mv(read), pair.loop));
  CHECK(isDisconnected(pair.ours->writeMessage(*messageOf(1)), pair.loop));
  CHECK(pair.drainPeer() < 100'000u * static_cast<unsigned>(written));
}

TEST_CASE("the buffers of all peers together are limited, and each peer may have a small one") {
  KjLoop loop;
  StreamLimits limits;
  limits.budget = std::make_shared<BufferBudget>(BufferBudget{.bytesMax = 2 << 20});
  auto [ours, theirs] = tcpPair(loop);
  auto [alsoOurs, alsoTheirs] = tcpPair(loop);
  auto hoarder = messageSocket(loop, std::move(ours), limits);
  auto modest = messageSocket(loop, std::move(alsoOurs), limits);
  for (int i = 0; i < 1000 && !hoarder->failure(); ++i) {
    hoarder->send(messageOf(100'000)->getSegmentsForOutput());
    loop.waitScope().poll();
    CHECK(limits.budget->bytes <= (4 << 20));
  }
  CHECK(hoarder->failure().value_or("").find("does not read") != std::string::npos);
  modest->send(messageOf(50'000)->getSegmentsForOutput());
  CHECK_FALSE(modest->failure());
  hoarder = nullptr;
  modest = nullptr;
  alsoTheirs.close();
  for (int i = 0; i < 1000 && limits.budget->bytes > 0; ++i) loop.waitScope().poll();
  CHECK(limits.budget->bytes == 0);
}

TEST_CASE("the end of a peer between two messages is a clean end") {
  Pair pair;
  pair.send(flat(10));
  pair.peer.close();
  CHECK(pair.ours->tryReadMessage().wait(pair.loop.waitScope()) != nullptr);
  CHECK(pair.ours->tryReadMessage().wait(pair.loop.waitScope()) == nullptr);
  CHECK(pair.ours->tryReadMessage().wait(pair.loop.waitScope()) == nullptr);
}

TEST_CASE("the end of a peer in the middle of a message is a disconnection") {
  auto bytes = flat(1000);
  for (std::size_t cut : {std::size_t{1}, std::size_t{4}, std::size_t{8}, bytes.size() - 1}) {
    CAPTURE(cut);
    Pair pair;
    pair.send(std::span(bytes).first(cut));
    pair.peer.close();
    CHECK(isDisconnected(pair.ours->tryReadMessage(), pair.loop));
  }
}

TEST_CASE("a reset is a disconnection for reading and for writing") {
  Pair pair;
  auto read = pair.ours->tryReadMessage();
  pair.reset();
  CHECK(isDisconnected(kj::mv(read), pair.loop));
  CHECK(isDisconnected(pair.ours->writeMessage(*messageOf(1)), pair.loop));
}

TEST_CASE("after an invalid header nothing more is read") {
  const std::vector<std::vector<std::uint32_t>> headers = {
      {0xFFFF'FFFF, 1},           // The number of segments wraps to 0.
      {0xFFFF'FFFE, 1},           //
      {512, 1},                   // One segment too many.
      {0, 0},                     // No content.
      {0, (1 << 20) + 1},         // One word too many.
      {1, 0xFFFF'FFFF, 2, 0},     // A sum that wraps.
      {0x2054'4547, 0x5448'202F}  // GET / HT
  };
  for (const auto& header : headers) {
    CAPTURE(header[0]);
    Pair pair;
    pair.send(bytesOf(header));
    CHECK(pair.readIsRefused());
    CHECK(pair.readIsRefused());
    pair.ours = nullptr;
    CHECK(pair.drainPeer() == 0);
  }
}

TEST_CASE("any bytes lead to a message, a refusal or an end") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 200; ++round) {
    Pair pair;
    std::vector<std::byte> bytes(random() % 2000);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random() % 8 == 0 ? random() % 16 : 0);
    pair.send(bytes);
    pair.peer.shutdown(Tcp::socket::shutdown_send);
    for (bool over = false; !over;) {
      auto failure = kj::runCatchingExceptions([&] {
        auto message = pair.ours->tryReadMessage().wait(pair.loop.waitScope());
        over = message == nullptr;
      });
      if (failure != nullptr) over = true;
    }
  }
}

TEST_CASE("a large legal message passes, and one over the limit does not") {
  Ends ends;
  ends.send(8'000'000);
  CHECK(ends.receive() == 8'000'000);

  ends.send(32 << 20);
  CHECK(failureOf(ends.receiver->readMessage(), ends.loop) != nullptr);
}

TEST_CASE("a read that is pending when its stream is destroyed ends") {
  Pair pair;
  auto read = pair.ours->tryReadMessage();
  CHECK(!read.poll(pair.loop.waitScope()));
  pair.ours = nullptr;
  CHECK(read.wait(pair.loop.waitScope()) == nullptr);
}

TEST_CASE("output arrives although its stream was destroyed with input unread") {
  Ends ends;
  ends.receiver->writeMessage(*messageOf(200'000)).wait(ends.loop.waitScope());
  ends.loop.waitScope().poll();
  for (int i = 0; i < 10; ++i) ends.send(500'000);
  ends.sender = nullptr;

  for (int i = 0; i < 10; ++i) CHECK(ends.receive() == 500'000);
  CHECK(ends.receiver->tryReadMessage().wait(ends.loop.waitScope()) == nullptr);
}

TEST_CASE("a destroyed stream does not wait longer than closeGrace for a peer that never reads") {
  Pair pair({.closeGrace = 20ms});
  auto gone = kj::newPromiseAndFulfiller<void>();
  {
    auto [first, second] = tcpPair(pair.loop);
    pair.peer = std::move(second);
    auto socket = bufferedSocket(pair.loop, std::move(first), {.closeGrace = 20ms});
    socket->keep({nullptr, [&](void*) { gone.fulfiller->fulfill(); }});
    MessageSocket stream(std::move(socket));
    stream.writeMessage(*messageOf(20'000'000)).wait(pair.loop.waitScope());
  }
  gone.promise.wait(pair.loop.waitScope());
}

TEST_CASE("a stream and its loop may be destroyed with output queued and a read under way") {
  Ends ends;
  { auto dropped = ends.receiver->tryReadMessage(); }
  ends.send(30'000'000);
  ends.loop.waitScope().poll();
}
