#include "common/net/transport/byte_stream.h"

#include <doctest/doctest.h>
#include <kj/compat/http.h>
#include <kj/debug.h>

#include <algorithm>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <span>
#include <string>
#include <vector>

#include "common/net/loop/clock.h"
#include "common/net/transport/connect_error.h"
#include "common/net/transport/limits.h"
#include "common/net/transport/tls_handshake.h"
#include "common/net/transport/tls_socket.h"
#include "tests/net/testing.h"
#include "tests/net/tls_testing.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;
using namespace std::chrono_literals;

namespace {

enum class Kind { kTcp, kTls, kLocal };
constexpr Kind kKinds[] = {Kind::kTcp, Kind::kTls, Kind::kLocal};

using Sockets = std::pair<std::shared_ptr<BufferedSocket>, std::shared_ptr<BufferedSocket>>;

Sockets tlsPair(KjLoop& loop) {
  auto [first, second] = tcpPair(loop);
  auto caller = std::make_shared<TlsHandshake>(loop, std::move(first), callerContext());
  auto called = std::make_shared<TlsHandshake>(loop, std::move(second), calledContext());
  int over = 0;
  caller->start(10s, [&over] { ++over; });
  called->start(10s, [&over] { ++over; });
  while (over < 2) loop.timer().afterDelay(toKj(1ms)).wait(loop.waitScope());
  REQUIRE(caller->outcome() == TlsHandshake::Outcome::kDone);
  REQUIRE(called->outcome() == TlsHandshake::Outcome::kDone);
  return {bufferedSocket(loop, caller->takeSocket(), caller->takeSession()),
          bufferedSocket(loop, called->takeSocket(), called->takeSession())};
}

Sockets socketsOf(KjLoop& loop, Kind kind) {
  if (kind == Kind::kTls) return tlsPair(loop);
  if (kind == Kind::kTcp) {
    auto [first, second] = tcpPair(loop);
    return {bufferedSocket(loop, std::move(first)), bufferedSocket(loop, std::move(second))};
  }
  asio::local::stream_protocol::socket first(loop.io());
  asio::local::stream_protocol::socket second(loop.io());
  asio::local::connect_pair(first, second);
  return {bufferedSocket(loop, std::move(first)), bufferedSocket(loop, std::move(second))};
}

// Two ends of one connection, each with a stream.
struct Ends {
  explicit Ends(Kind kind) {
    auto [first, second] = socketsOf(loop, kind);
    ourSocket = first;
    theirSocket = second;
    ours = byteStream(std::move(first));
    theirs = byteStream(std::move(second));
  }

  kj::WaitScope& scope() { return loop.waitScope(); }
  void turn() { loop.timer().afterDelay(toKj(1ms)).wait(scope()); }
  template <typename Condition>
  void turnUntil(Condition isSo) {
    Instant giveUpAt = now() + 30s;
    while (!isSo()) {
      REQUIRE(now() < giveUpAt);
      turn();
    }
  }
  void write(kj::AsyncIoStream& stream, const std::string& text) {
    stream.write(text.data(), text.size()).wait(scope());
  }
  std::string read(kj::AsyncIoStream& stream, std::size_t min, std::size_t max) {
    std::string text(max, '\0');
    text.resize(stream.tryRead(text.data(), min, max).wait(scope()));
    return text;
  }

  KjLoop loop;
  std::shared_ptr<BufferedSocket> ourSocket;
  std::shared_ptr<BufferedSocket> theirSocket;
  kj::Own<kj::AsyncIoStream> ours;
  kj::Own<kj::AsyncIoStream> theirs;
};

// Text of which no two parts look alike.
std::string longText(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
  text.resize(size);
  return text;
}

// The plain socket of a peer that may do anything, and our stream to it.
struct RawPeer {
  RawPeer() {
    auto [first, second] = tcpPair(loop);
    socket = bufferedSocket(loop, std::move(first));
    stream = byteStream(socket);
    peer = std::move(second);
  }
  void reset() {
    peer.set_option(asio::socket_base::linger(true, 0));
    peer.close();
  }

  KjLoop loop;
  std::shared_ptr<BufferedSocket> socket;
  kj::Own<kj::AsyncIoStream> stream;
  Tcp::socket peer{loop.io()};
};

}  // namespace

TEST_CASE("bytes arrive as they were written, in order, in reads of any size") {
  for (Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Ends ends(kind);
    std::string text = longText(1'000'000);
    auto written = ends.ours->write(text.data(), text.size()).eagerlyEvaluate(nullptr);
    std::string received;
    for (std::size_t size = 1; received.size() < text.size(); size = size * 3 + 1) {
      std::size_t wanted = std::min(size, text.size() - received.size());
      std::string part = ends.read(*ends.theirs, wanted, wanted);
      CHECK(part.size() == wanted);
      received += part;
    }
    CHECK((received == text));
    written.wait(ends.scope());
  }
}

TEST_CASE("a read returns as soon as it has minBytes, and at most maxBytes") {
  Ends ends(Kind::kTcp);
  ends.write(*ends.ours, "hello");
  CHECK(ends.read(*ends.theirs, 1, 3) == "hel");
  CHECK(ends.read(*ends.theirs, 2, 100) == "lo");
  CHECK(ends.read(*ends.theirs, 0, 100) == "");
}

TEST_CASE("several pieces are written as one") {
  for (Kind kind : kKinds) {
    Ends ends(kind);
    std::string large = longText(400'000);
    kj::ArrayPtr<const kj::byte> pieces[] = {kj::StringPtr("one").asBytes(),
                                             {},
                                             kj::arrayPtr(large.data(), large.size()).asBytes(),
                                             kj::StringPtr("two").asBytes()};
    auto written = ends.ours->write(pieces).eagerlyEvaluate(nullptr);
    std::string received = ends.read(*ends.theirs, 400'006, 400'006);
    CHECK((received == "one" + large + "two"));
    written.wait(ends.scope());
  }
}

TEST_CASE("a write waits for a peer that does not read, and the memory is bounded meanwhile") {
  for (Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Ends ends(kind);
    std::string text = longText(50'000'000);
    auto written = ends.ours->write(text.data(), text.size()).eagerlyEvaluate(nullptr);
    for (int i = 0; i < 100; ++i) {
      ends.turn();
      CHECK(ends.ourSocket->unsentBytes() <= kUnsentBytesMax);
      CHECK(ends.ourSocket->heldBytes() <= 4 * kUnsentBytesMax);
    }
    CHECK(!written.poll(ends.scope()));

    std::string piece(1 << 20, '\0');
    std::size_t received = 0;
    bool isSame = true;
    while (received < text.size()) {
      std::size_t count = ends.theirs->tryRead(piece.data(), 1, piece.size()).wait(ends.scope());
      isSame = isSame && text.compare(received, count, piece, 0, count) == 0;
      received += count;
      CHECK(ends.ourSocket->heldBytes() <= 4 * kUnsentBytesMax);
    }
    CHECK(isSame);
    written.wait(ends.scope());
  }
}

TEST_CASE("many small writes also wait when too many bytes are unsent") {
  Ends ends(Kind::kTcp);
  int ready = 0;
  kj::Promise<void> writing = kj::READY_NOW;
  std::string text = longText(1000);
  for (; ready < 100'000; ++ready) {
    writing = ends.ours->write(text.data(), text.size());
    if (!writing.poll(ends.scope())) break;
  }
  CHECK(ready < 100'000);
  CHECK(ends.ourSocket->unsentBytes() <= kUnsentBytesMax);
  std::size_t total = static_cast<std::size_t>(ready + 1) * text.size();
  CHECK(ends.read(*ends.theirs, total, total).size() == total);
  writing.wait(ends.scope());
}

TEST_CASE("output is taken once the peer's machine has all of it, and not before") {
  for (Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Ends ends(kind);
    ends.turnUntil([&] { return ends.ourSocket->isTaken(); });
    std::string text = longText(20'000'000);  // More than the buffers of both sides take.
    ends.ourSocket->write(std::as_bytes(std::span(text)));
    for (int i = 0; i < 50; ++i) ends.turn();
    CHECK_FALSE(ends.ourSocket->isTaken());
    ends.theirSocket->discardInput();
    ends.turnUntil([&] { return ends.ourSocket->isTaken(); });
    ends.ourSocket->fail(KJ_EXCEPTION(DISCONNECTED, "over"));
    CHECK_FALSE(ends.ourSocket->isTaken());
  }
}

TEST_CASE("each side ends its own output, and the other direction stays open") {
  for (Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Ends ends(kind);
    ends.write(*ends.ours, "question");
    ends.ours->shutdownWrite();
    CHECK(ends.read(*ends.theirs, 100, 100) == "question");
    CHECK(ends.read(*ends.theirs, 1, 100) == "");

    std::string answer = longText(500'000);
    auto written = ends.theirs->write(answer.data(), answer.size()).eagerlyEvaluate(nullptr);
    CHECK((ends.read(*ends.ours, answer.size(), answer.size()) == answer));
    written.wait(ends.scope());
    ends.theirs->shutdownWrite();
    CHECK(ends.read(*ends.ours, 1, 100) == "");
    CHECK(ends.read(*ends.ours, 1, 100) == "");
  }
}

TEST_CASE("a stream whose directions have both ended is closed at once") {
  for (Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Ends ends(kind);
    bool isClosed = false;
    ends.ourSocket->keep({nullptr, [&isClosed](void*) { isClosed = true; }});
    ends.ours->shutdownWrite();
    ends.theirs->shutdownWrite();
    CHECK(ends.read(*ends.ours, 1, 100) == "");
    CHECK(!isClosed);
    ends.ours = nullptr;
    CHECK(isClosed);
  }
}

TEST_CASE("a write after the end of the output fails") {
  Ends ends(Kind::kTcp);
  ends.ours->shutdownWrite();
  CHECK(isDisconnected(ends.ours->write("x", 1), ends.loop));
}

TEST_CASE("bytes that were written before their stream was destroyed arrive") {
  for (Kind kind : kKinds) {
    Ends ends(kind);
    std::string text = longText(200'000);
    ends.write(*ends.ours, text);
    ends.ours = nullptr;
    CHECK((ends.read(*ends.theirs, text.size() + 1, text.size() + 1) == text));
  }
}

TEST_CASE("a dropped read consumes nothing and does not write to its buffer") {
  for (Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Ends ends(kind);
    {
      std::string buffer(100, '-');
      auto dropped = ends.theirs->tryRead(buffer.data(), 10, 100);
      ends.write(*ends.ours, "hello");
      for (int i = 0; i < 5; ++i) ends.turn();
      CHECK(!dropped.poll(ends.scope()));
      CHECK(buffer == std::string(100, '-'));
    }
    for (int i = 0; i < 5; ++i) ends.turn();
    ends.write(*ends.ours, " world");
    CHECK(ends.read(*ends.theirs, 11, 100) == "hello world");
  }
}

TEST_CASE("after a dropped write, the part that was sent arrives, then the next write") {
  for (Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Ends ends(kind);
    {
      std::string text(10'000'000, 'x');
      auto dropped = ends.ours->write(text.data(), text.size());
      CHECK(!dropped.poll(ends.scope()));
      for (int i = 0; i < 5; ++i) ends.turn();
      dropped = kj::READY_NOW;
      text.assign(text.size(), 'y');
    }
    auto written = ends.ours->write("z", 1).eagerlyEvaluate(nullptr);
    std::string received;
    while (received.find('z') == std::string::npos) {
      received += ends.read(*ends.theirs, 1, 1 << 20);
      REQUIRE(received.size() < 10'000'000);
    }
    CHECK(received.find('y') == std::string::npos);
    CHECK(received.back() == 'z');
    written.wait(ends.scope());
  }
}

TEST_CASE("after a reset, pending and later reads and writes fail as disconnected") {
  RawPeer raw;
  std::string buffer(10, '\0');
  std::string text(10'000'000, 'x');
  auto reading = raw.stream->tryRead(buffer.data(), 1, 10);
  auto writing = raw.stream->write(text.data(), text.size());
  CHECK(!reading.poll(raw.loop.waitScope()));
  CHECK(!writing.poll(raw.loop.waitScope()));
  raw.reset();
  CHECK(isDisconnected(kj::mv(reading), raw.loop));
  CHECK(isDisconnected(kj::mv(writing), raw.loop));
  CHECK(isDisconnected(raw.stream->tryRead(buffer.data(), 1, 10), raw.loop));
  CHECK(isDisconnected(raw.stream->write("x", 1), raw.loop));
}

TEST_CASE("whenWriteDisconnected reports that the peer is gone, at every call") {
  RawPeer raw;
  auto first = raw.stream->whenWriteDisconnected();
  auto second = raw.stream->whenWriteDisconnected();
  { auto dropped = raw.stream->whenWriteDisconnected(); }
  CHECK(!first.poll(raw.loop.waitScope()));
  raw.reset();
  first.wait(raw.loop.waitScope());
  second.wait(raw.loop.waitScope());
  raw.stream->whenWriteDisconnected().wait(raw.loop.waitScope());
}

TEST_CASE("a stream of any kind is disconnected when its peer closes") {
  for (Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Ends ends(kind);
    auto gone = ends.ours->whenWriteDisconnected();
    CHECK(!gone.poll(ends.scope()));
    ends.theirSocket->fail(disconnected("the test ends it"));
    // A closed socket answers the next bytes with a reset.
    ends.ours->write("x", 1).wait(ends.scope());
    gone.wait(ends.scope());
  }
}

TEST_CASE("urgent data from a peer does not disconnect it, and does not keep the loop busy") {
  RawPeer raw;
  auto gone = raw.stream->whenWriteDisconnected();
  CHECK(!gone.poll(raw.loop.waitScope()));
  raw.peer.send(asio::buffer("!", 1), asio::socket_base::message_out_of_band);
  std::clock_t before = std::clock();
  raw.loop.timer().afterDelay(toKj(100ms)).wait(raw.loop.waitScope());
  CHECK(std::clock() - before < CLOCKS_PER_SEC / 20);
  CHECK(!gone.poll(raw.loop.waitScope()));
}

TEST_CASE(
    "after abortRead, a read ends at once, and a peer that continues to write is not blocked") {
  for (Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Ends ends(kind);
    std::string buffer(10, '\0');
    auto pending = ends.theirs->tryRead(buffer.data(), 1, 10);
    CHECK(!pending.poll(ends.scope()));
    ends.theirs->abortRead();
    CHECK(pending.wait(ends.scope()) == 0);
    CHECK(ends.read(*ends.theirs, 1, 10) == "");
    std::string text(20'000'000, 'x');
    ends.ours->write(text.data(), text.size()).wait(ends.scope());
    CHECK(ends.theirSocket->heldBytes() <= kUnsentBytesMax);
    ends.write(*ends.theirs, "answer");
    CHECK(ends.read(*ends.ours, 6, 6) == "answer");
  }
}

namespace {

// Answers a POST with the size of its body and the body, and speaks to a web socket.
class EchoService final : public kj::HttpService {
 public:
  explicit EchoService(const kj::HttpHeaderTable& table) : table_(table) {}

  kj::Promise<void> request(kj::HttpMethod, kj::StringPtr, const kj::HttpHeaders& headers,
                            kj::AsyncInputStream& body, Response& response) override {
    if (headers.isWebSocket()) {
      auto socket = response.acceptWebSocket(kj::HttpHeaders(table_));
      auto& raw = *socket;
      return raw.receive()
          .then([&raw](kj::WebSocket::Message&& message) {
            auto text = kj::str("heard ", message.get<kj::String>());
            auto sent = raw.send(text);
            return sent.attach(kj::mv(text));
          })
          .then([&raw] { return raw.close(1000, "done"); })
          .then([&raw] { return raw.receive().ignoreResult(); })
          .attach(kj::mv(socket));
    }
    return body.readAllBytes().then([this, &response](kj::Array<kj::byte>&& bytes) {
      auto out = response.send(200, "OK", kj::HttpHeaders(table_), bytes.size());
      auto written = out->write(bytes.begin(), bytes.size());
      return written.attach(kj::mv(out), kj::mv(bytes));
    });
  }

 private:
  const kj::HttpHeaderTable& table_;
};

// The random numbers of a web socket's masks.
class TestEntropy final : public kj::EntropySource {
 public:
  void generate(kj::ArrayPtr<kj::byte> buffer) override {
    for (kj::byte& each : buffer) each = static_cast<kj::byte>(state_ = state_ * 5 + 1);
  }

 private:
  unsigned state_ = 7;
};

}  // namespace

TEST_CASE("an HTTP server and client exchange a body of ten megabytes, and talk by web socket") {
  for (Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Ends ends(kind);
    kj::HttpHeaderTable table;
    EchoService service(table);
    kj::HttpServer server(ends.loop.timer(), table, service);
    auto serving = server.listenHttp(kj::mv(ends.theirs)).eagerlyEvaluate(nullptr);
    TestEntropy entropy;
    kj::HttpClientSettings settings;
    settings.entropySource = entropy;
    auto client = kj::newHttpClient(table, *ends.ours, settings);

    std::string text = longText(10'000'000);
    auto request =
        client->request(kj::HttpMethod::POST, "/echo", kj::HttpHeaders(table), text.size());
    auto written = request.body->write(text.data(), text.size())
                       .then([&] { request.body = nullptr; })
                       .eagerlyEvaluate(nullptr);
    auto response = request.response.wait(ends.scope());
    CHECK(response.statusCode == 200);
    auto body = response.body->readAllText().wait(ends.scope());
    CHECK((std::string(body.cStr(), body.size()) == text));
    written.wait(ends.scope());
    response.body = nullptr;

    auto opened = client->openWebSocket("/socket", kj::HttpHeaders(table)).wait(ends.scope());
    REQUIRE(opened.statusCode == 101);
    auto& socket = opened.webSocketOrBody.get<kj::Own<kj::WebSocket>>();
    socket->send(kj::StringPtr("hello")).wait(ends.scope());
    auto message = socket->receive().wait(ends.scope());
    CHECK(message.get<kj::String>() == "heard hello");
    auto closing = socket->receive().wait(ends.scope());
    CHECK(closing.get<kj::WebSocket::Close>().code == 1000);
    socket->close(1000, "bye").wait(ends.scope());
    socket = nullptr;
    client = nullptr;
  }
}
