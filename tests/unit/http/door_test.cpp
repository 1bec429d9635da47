// The door on a real port, with visitors that speak byte by byte.
#include "scheduler/http/door.h"

#include <doctest/doctest.h>

#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <list>

#include "common/net/loop/clock.h"
#include "common/net/transport/listener.h"
#include "tests/unit/service/captured_log.h"

namespace pi::scheduler::http {
namespace {

using namespace std::chrono_literals;
using Tcp = asio::ip::tcp;

const std::string kToken(64, 'a');
const std::string kHost = "Host: localhost\r\n";
const std::string kBearer = "Authorization: Bearer " + kToken + "\r\n";

DoorKeys keys() {
  DoorKeys keys;
  keys.observer.emplace(net::Secret(kToken));
  return keys;
}

class FakeSite final : public Site {
 public:
  kj::Promise<Answer> answer(const Judgement& request, const std::string& text) override {
    ++requests;
    received = text;
    if (request.endpoint == Endpoint::kLog) throw std::runtime_error("out of order");
    if (request.endpoint == Endpoint::kCancel) return kj::NEVER_DONE;
    if (!request.ifNoneMatch.empty()) return Answer{.status = 304, .caching = "no-cache"};
    return Answer{.type = kTextType, .body = body};
  }
  kj::Promise<void> show(LiveVisit visit) override {
    visits.push_back(kj::mv(visit));
    return kj::NEVER_DONE;
  }
  std::vector<LiveVisit> visits;
  std::string body = "hello\n";
  std::string received;
  int requests = 0;
};

// A connection to the door.
struct Visitor {
  explicit Visitor(net::KjLoop& loop, std::uint16_t port) : socket(loop.io()) {
    socket.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), port));
    read();
  }
  void read() {
    socket.async_read_some(asio::buffer(bytes), [this](std::error_code error, std::size_t count) {
      received.append(bytes.data(), count);
      isOver = static_cast<bool>(error);
      if (!isOver && isReading) read();
    });
  }
  void send(const std::string& text) { asio::write(socket, asio::buffer(text)); }

  Tcp::socket socket;
  std::array<char, 4096> bytes{};
  std::string received;
  bool isReading = true;
  bool isOver = false;  // The door has closed the connection.
};

struct Host {
  explicit Host(const DoorLimits& limits = {})
      : door(loop, keys(), site, limits),
        listener(loop, {.hosts = {"127.0.0.1"}},
                 [this](std::shared_ptr<net::BufferedSocket> socket) {
                   door.admit(std::move(socket));
                 }) {}

  Visitor& visit() { return visitors.emplace_back(loop, listener.port()); }
  Visitor& visitWith(const std::string& text) {
    Visitor& visitor = visit();
    visitor.send(text);
    return visitor;
  }
  void turn() { loop.timer().afterDelay(net::toKj(1ms)).wait(loop.waitScope()); }
  template <typename Condition>
  void turnUntil(Condition condition) {
    Instant patience = net::now() + 30s;
    while (!condition()) {
      REQUIRE(net::now() < patience);
      turn();
    }
  }
  // All that the door answers before it closes the connection.
  std::string lastWords(const std::string& text) {
    Visitor& visitor = visitWith(text);
    turnUntil([&] { return visitor.isOver; });
    return visitor.received;
  }

  testing::CapturedLog log;
  net::KjLoop loop;
  FakeSite site;
  Door door;
  net::Listener listener;
  std::list<Visitor> visitors;
};

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::string get(const std::string& target, const std::string& headers = kHost + kBearer) {
  return "GET " + target + " HTTP/1.1\r\n" + headers + "\r\n";
}

TEST_CASE("a visitor with the token is answered, again and again on one connection") {
  Host host;
  Visitor& visitor = host.visit();
  for (std::size_t i = 1; i <= 3; ++i) {
    visitor.send(get("/metrics"));
    host.turnUntil([&] { return count(visitor.received, "hello\n") == i; });
  }
  CHECK(visitor.received.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK_FALSE(visitor.isOver);
  CHECK(host.door.counts().granted == 3);
  visitor.socket.close();
  host.turnUntil([&] { return host.door.connections() == 0; });
}

TEST_CASE("a browser without a valid cookie gets a page with the remedy, and a program JSON") {
  Host host;
  std::string accept = "Accept: text/html,*/*;q=0.8\r\nCookie: pi_observer_1=old\r\n";
  std::string page = host.lastWords(get("/", kHost + accept));
  CHECK(page.starts_with("HTTP/1.1 401 Unauthorized\r\n"));
  CHECK(mentions(page, "Content-Type: text/html"));
  CHECK(mentions(page, "<code>pi-client dashboard</code>"));
  CHECK(mentions(page, "Content-Security-Policy: default-src 'none'"));
  std::string line = host.lastWords(get("/", kHost));
  CHECK(line.starts_with("HTTP/1.1 401 Unauthorized\r\n"));
  CHECK(mentions(line, "{\"error\":\"no token was sent"));
}

TEST_CASE("an answer that the browser has already ends with its head, and the next one follows") {
  Host host;
  Visitor& visitor = host.visit();
  visitor.send(get("/", kHost + kBearer + "If-None-Match: \"1\"\r\n"));
  host.turnUntil([&] { return mentions(visitor.received, "\r\n\r\n"); });
  visitor.send(get("/metrics"));
  host.turnUntil([&] { return mentions(visitor.received, "hello\n"); });
  CHECK(visitor.received.starts_with("HTTP/1.1 304 Not Modified\r\n"));
  CHECK(count(visitor.received, "Content-Length") == 1);
  CHECK(mentions(visitor.received, "Cache-Control: no-cache\r\n"));
  CHECK_FALSE(visitor.isOver);
}

TEST_CASE("every answer forbids a browser what the page does not need") {
  Host host;
  for (const std::string& answer :
       {host.lastWords(get("/metrics", kHost)), host.lastWords(get("/health", kHost)),
        host.lastWords("GARBAGE\r\n\r\n"), host.lastWords(get("/", std::string(20'000, 'x')))}) {
    CAPTURE(answer);
    for (const char* header :
         {"Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff",
          "Referrer-Policy: no-referrer", "Cache-Control: no-store", "Connection: close"}) {
      CAPTURE(header);
      CHECK(mentions(answer, header));
    }
    CHECK_FALSE(mentions(answer, "unsafe-inline"));
  }
}

TEST_CASE("a stranger gets one answer, and nothing that they send with it is served") {
  Host host;
  std::string answer = host.lastWords(get("/metrics", kHost) + get("/metrics") + get("/metrics"));
  CHECK(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"));
  CHECK(count(answer, "HTTP/1.1") == 1);
  CHECK(mentions(answer, "{\"error\":\"no token was sent;"));
  CHECK(host.site.requests == 0);
  CHECK(host.log.count("refused a request of 127.0.0.1:") == 1);
  CHECK_FALSE(mentions(host.log.text(), kToken));
}

TEST_CASE("a link is answered with a cookie and the way to the page") {
  Host host;
  Visitor& visitor = host.visitWith(get("/?token=" + kToken, kHost));
  host.turnUntil([&] { return mentions(visitor.received, "\r\n\r\n"); });
  CHECK(visitor.received.starts_with("HTTP/1.1 303 See Other\r\n"));
  CHECK(mentions(visitor.received, "\r\nLocation: /\r\n"));
  CHECK(mentions(visitor.received, "\r\nSet-Cookie: pi_observer_"));
  auto begin = visitor.received.find("pi_observer_");
  std::string cookie = visitor.received.substr(begin, visitor.received.find(';', begin) - begin);
  Visitor& next = host.visitWith(get("/", kHost + "Cookie: " + cookie + "\r\n"));
  host.turnUntil([&] { return mentions(next.received, "hello\n"); });
}

TEST_CASE("HEAD has the head of GET alone") {
  Host host;
  Visitor& visitor = host.visitWith("HEAD /metrics HTTP/1.1\r\n" + kHost + kBearer + "\r\n");
  host.turnUntil([&] { return mentions(visitor.received, "\r\n\r\n"); });
  CHECK(mentions(visitor.received, "Content-Length: 6\r\n"));
  CHECK_FALSE(mentions(visitor.received, "hello"));
}

TEST_CASE("a head beyond the limits is refused before it is parsed") {
  Host host;
  std::string lines;
  for (std::size_t i = 0; i < kHeadLinesMax; ++i) lines += "Host: a\r\n";
  for (const std::string& head :
       {get("/metrics", kHost + kBearer + lines),
        get("/metrics", kHost + "X: " + std::string(kHeadBytesMax, 'x') + "\r\n" + kBearer),
        get("/" + std::string(kHeadBytesMax, 'x')), std::string(2 * kHeadBytesMax, 'G')}) {
    CHECK(host.lastWords(head).starts_with("HTTP/1.1 431 "));
  }
  CHECK(host.site.requests == 0);
}

TEST_CASE("the limit on heads is for each request of a connection") {
  Host host;
  Visitor& visitor = host.visit();
  std::string request = get("/metrics", kHost + kBearer + "X: " + std::string(9'000, 'x') + "\r\n");
  for (std::size_t i = 1; i <= 4; ++i) {
    visitor.send(request);
    host.turnUntil([&] { return count(visitor.received, "hello\n") == i; });
  }
}

TEST_CASE("text that is no request, and methods that there are not") {
  Host host;
  CHECK(host.lastWords("\r\n\r\n\r\n\r\n").starts_with("HTTP/1.1 4"));
  CHECK(host.lastWords("hello?\r\n\r\n").starts_with("HTTP/1.1 405 "));
  CHECK(host.lastWords("CONNECT localhost:22 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
  CHECK(host.lastWords("GET / HTTP/1.1\r\nno colon\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(host.lastWords(std::string("GET / HTTP/1.1\r\nA: \0b\r\n\r\n", 25))
            .starts_with("HTTP/1.1 400 "));
  CHECK(host.lastWords("PUT /metrics HTTP/1.1\r\n" + kHost + kBearer + "\r\n")
            .starts_with("HTTP/1.1 405 "));
  CHECK(host.site.requests == 0);
}

TEST_CASE("a body ends the connection, so that none of it is taken for a request") {
  Host host;
  std::string smuggled = get("/metrics");
  for (const std::string& length :
       {std::string("Content-Length: 5\r\n"), std::string("Content-Length: -1\r\n"),
        std::string("Content-Length: 99999999999999999999\r\n"),
        std::string("Content-Length: 0\r\nContent-Length: 5\r\n"),
        std::string("Transfer-Encoding: chunked\r\n"), std::string("Transfer-Encoding: gzip\r\n"),
        std::string("Transfer-Encoding: identity\r\n"),
        std::string("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n")}) {
    CAPTURE(length);
    std::string answer = host.lastWords(get("/metrics", kHost + kBearer + length) +
                                        "10000000000000005\r\nabcde\r\n0\r\n\r\n" + smuggled);
    CHECK(answer.starts_with("HTTP/1.1 4"));
    CHECK(count(answer, "HTTP/1.1") == 1);
  }
  CHECK(host.site.requests == 0);
}

TEST_CASE("a slow head is cut off, and so is an idle connection") {
  Host host(DoorLimits{.headTimeout = 50ms, .idleMax = 100ms});
  Visitor& silent = host.visit();
  Visitor& slow = host.visitWith("GET / HTTP/1.1\r\nHo");
  Visitor& idle = host.visitWith(get("/metrics"));
  host.turnUntil([&] { return silent.isOver && slow.isOver && idle.isOver; });
  CHECK(silent.received.empty());
  CHECK(slow.received.empty());
  CHECK(count(idle.received, "hello\n") == 1);
}

TEST_CASE("beyond the limit the oldest connection without a token is closed") {
  Host host(DoorLimits{.connectionsMax = 3});
  Visitor& known = host.visitWith(get("/metrics"));
  host.turnUntil([&] { return mentions(known.received, "hello\n"); });
  Visitor& first = host.visit();
  Visitor& second = host.visit();
  host.turnUntil([&] { return host.door.connections() == 3; });
  Visitor& third = host.visitWith(get("/metrics"));
  host.turnUntil([&] { return mentions(third.received, "hello\n"); });
  CHECK(first.isOver);
  CHECK_FALSE(second.isOver);
  CHECK_FALSE(known.isOver);
  CHECK(host.door.counts().displaced == 1);
}

TEST_CASE("visitors that were answered and do not close keep no one out") {
  Host host(DoorLimits{.connectionsMax = 2});
  for (int i = 0; i < 20; ++i) {
    Visitor& stranger = host.visitWith(get("/metrics", kHost));
    host.turnUntil([&] { return stranger.isOver; });
    CHECK(stranger.received.starts_with("HTTP/1.1 401 "));
  }
  CHECK(host.listener.connections() <= 2);
  Visitor& known = host.visitWith(get("/metrics"));
  host.turnUntil([&] { return mentions(known.received, "hello\n"); });
}

TEST_CASE("if all connections have shown the token, the next one is told that the door is full") {
  Host host(DoorLimits{.connectionsMax = 2});
  for (int i = 0; i < 2; ++i) {
    Visitor& known = host.visitWith(get("/metrics"));
    host.turnUntil([&] { return mentions(known.received, "hello\n"); });
  }
  CHECK(host.lastWords(get("/metrics")).starts_with("HTTP/1.1 503 "));
}

TEST_CASE("without a place for viewers, a request without a WebSocket gets that answer, too") {
  Host host(DoorLimits{.connectionsMax = 2});
  CHECK(host.lastWords(get("/api/v1/live")).starts_with("HTTP/1.1 400 "));
  const std::string upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  Visitor& viewer = host.visitWith(get("/api/v1/live", kHost + kBearer + upgrade));
  host.turnUntil([&] { return mentions(viewer.received, "HTTP/1.1 101 "); });
  std::string refused = host.lastWords(get("/api/v1/live"));
  CHECK(refused.starts_with("HTTP/1.1 429 "));
  CHECK(mentions(refused, "all 1 places for viewers are taken"));
  CHECK(host.lastWords(get("/api/v1/live", kHost)).starts_with("HTTP/1.1 401 "));
  host.site.visits.clear();  // They end before the door.
}

// More than the buffers of both kernels and of the door take.
constexpr std::size_t kHuge = std::size_t{32} << 20;

TEST_CASE("a peer that does not take its answer holds a place among the requests for a time") {
  Host host(DoorLimits{.requestsInFlightMax = 1, .answerTimeout = 300ms});
  host.site.body.assign(kHuge, 'x');
  Visitor& stuck = host.visit();
  stuck.isReading = false;
  stuck.send(get("/metrics"));
  host.turnUntil([&] { return host.site.requests == 1; });
  std::string refused = host.lastWords(get("/metrics"));
  CHECK(refused.starts_with("HTTP/1.1 429 "));
  CHECK(mentions(refused, "Retry-After: 1"));
  host.turnUntil([&] { return host.door.connections() == 0; });

  host.site.body = "hello\n";
  Visitor& next = host.visitWith(get("/metrics"));
  host.turnUntil([&] { return mentions(next.received, "hello\n"); });
}

TEST_CASE("an error of our own is answered and logged, and the door stays open") {
  Host host;
  Visitor& visitor = host.visitWith(get("/api/v1/log"));
  host.turnUntil([&] { return mentions(visitor.received, "\"error\""); });
  CHECK(visitor.received.starts_with("HTTP/1.1 500 "));
  CHECK(host.log.count("out of order") == 1);
  CHECK(host.door.counts().failed == 1);
  visitor.send(get("/metrics"));
  host.turnUntil([&] { return mentions(visitor.received, "hello\n"); });
}

std::string post(const std::string& target, const std::string& session, const std::string& body,
                 std::size_t length) {
  return "POST " + target + " HTTP/1.1\r\n" + kHost + "Authorization: Bearer " + session +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(length) +
         "\r\n\r\n" + body;
}
std::string post(const std::string& target, const std::string& session, const std::string& body) {
  return post(target, session, body, body.size());
}

TEST_CASE("a link with a code opens a control session, once") {
  Host host;
  std::string code = host.door.control().makeCode(net::now());
  Visitor& visitor = host.visitWith(get("/?code=" + code, kHost));
  host.turnUntil([&] { return mentions(visitor.received, "\r\n\r\n"); });
  CHECK(visitor.received.starts_with("HTTP/1.1 303 See Other\r\n"));
  CHECK(mentions(visitor.received, "\r\nSet-Cookie: pi_control_"));
  CHECK(mentions(visitor.received, "\r\nSet-Cookie: pi_observer_"));
  auto begin = visitor.received.find("pi_control_");
  std::string cookie = visitor.received.substr(begin, visitor.received.find(';', begin) - begin);
  std::string change = "POST /api/v1/jobs HTTP/1.1\r\n" + kHost + "Cookie: " + cookie +
                       "\r\nOrigin: http://localhost\r\nContent-Type: application/json\r\n"
                       "Content-Length: 2\r\n\r\n{}";
  Visitor& next = host.visitWith(change);
  host.turnUntil([&] { return mentions(next.received, "hello\n"); });
  CHECK(host.site.received == "{}");

  std::string again = host.lastWords(get("/?code=" + code, kHost));
  CHECK(again.starts_with("HTTP/1.1 401 "));
  CHECK(mentions(again, "was used, or is older than a minute"));
  CHECK_FALSE(mentions(again, "Set-Cookie"));
}

TEST_CASE("a body that comes in pieces is read whole, and the connection continues") {
  Host host;
  std::string session = host.door.control().open(net::now());
  Visitor& visitor = host.visit();
  std::string body(kBodyBytesMax, 'x');
  visitor.send(post("/api/v1/jobs", session, body.substr(0, 10), body.size()));
  for (int i = 0; i < 5; ++i) host.turn();
  CHECK(host.site.requests == 0);
  visitor.send(body.substr(10) + post("/api/v1/jobs", session, "[]"));
  host.turnUntil([&] { return count(visitor.received, "hello\n") == 2; });
  CHECK(host.site.received == "[]");
  CHECK(host.site.requests == 2);
}

TEST_CASE("a body that does not come ends the connection without a change") {
  Host host(DoorLimits{.bodyTimeout = 50ms});
  std::string session = host.door.control().open(net::now());
  std::string answer = host.lastWords(post("/api/v1/jobs", session, "{", 20));
  CHECK(answer.empty());
  Visitor& broken = host.visitWith(post("/api/v1/jobs", session, "{", 20));
  broken.socket.shutdown(Tcp::socket::shutdown_send);
  host.turnUntil([&] { return broken.isOver; });
  CHECK(host.site.requests == 0);
  host.turnUntil([&] { return host.door.connections() == 0; });
}

TEST_CASE("a change that is not saved in time is answered") {
  Host host(DoorLimits{.changeTimeout = 50ms});
  std::string session = host.door.control().open(net::now());
  Visitor& visitor = host.visitWith(post("/api/v1/jobs/1/cancel", session, "{}"));
  host.turnUntil([&] { return mentions(visitor.received, "\"error\""); });
  CHECK(visitor.received.starts_with("HTTP/1.1 503 "));
  CHECK(mentions(visitor.received, "request_id"));
}

}  // namespace
}  // namespace pi::scheduler::http
