// The live view on a real port, with viewers that speak byte by byte.
#include "scheduler/http/live_view.h"

#include <doctest/doctest.h>

#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <list>
#include <nlohmann/json.hpp>

#include "common/net/loop/clock.h"
#include "common/net/transport/listener.h"
#include "scheduler/http/door.h"
#include "scheduler/http/pages.h"
#include "tests/net/web_socket.h"
#include "tests/unit/service/captured_log.h"
#include "tests/unit/service/fixture.h"

namespace pi::scheduler::http {
namespace {

using namespace std::chrono_literals;
using namespace pi::testing;
using Tcp = asio::ip::tcp;
using Json = nlohmann::json;

const std::string kToken(64, 'a');

DoorKeys keys() {
  DoorKeys keys;
  keys.observer.emplace(net::Secret(kToken));
  return keys;
}

std::string bearer(const std::string& token = kToken) {
  return "Authorization: Bearer " + token + "\r\n";
}

std::string opening(const std::string& headers = bearer()) {
  return "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n" + kUpgradeHeaders + headers + "\r\n";
}

struct Viewer {
  Viewer(net::KjLoop& loop, std::uint16_t port, int bufferBytes) : socket(loop.io()) {
    socket.open(Tcp::v4());
    if (bufferBytes > 0) socket.set_option(asio::socket_base::receive_buffer_size(bufferBytes));
    socket.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), port));
    if (bufferBytes == 0) read();
  }
  void read() {
    socket.async_read_some(asio::buffer(bytes), [this](std::error_code error, std::size_t count) {
      received.append(bytes.data(), count);
      isOver = static_cast<bool>(error);
      if (!isOver) read();
    });
  }
  void send(const std::string& text) {
    std::error_code ignored;
    asio::write(socket, asio::buffer(text), ignored);
  }
  // The frames since the last call.
  std::vector<ServerFrame> frames() {
    if (!isOpen && received.find("\r\n\r\n") != received.npos) {
      isOpen = received.starts_with("HTTP/1.1 101 ");
      if (isOpen) received.erase(0, received.find("\r\n\r\n") + 4);
    }
    return isOpen ? takeFrames(received) : std::vector<ServerFrame>();
  }

  Tcp::socket socket;
  std::array<char, 16384> bytes{};
  std::string received;
  bool isOpen = false;
  bool isOver = false;
};

struct Host {
  explicit Host(const DoorLimits& limits = {})
      : door(fixture.loop, keys(), pages, limits),
        listener(fixture.loop, {.hosts = {"127.0.0.1"}},
                 [this](std::shared_ptr<net::BufferedSocket> socket) {
                   door.admit(std::move(socket));
                 }) {
    pages.setDoor(door);
  }
  Viewer& view(const std::string& text = opening(), int bufferBytes = 0) {
    Viewer& viewer = viewers.emplace_back(fixture.loop, listener.port(), bufferBytes);
    viewer.send(text);
    return viewer;
  }
  void turn() { fixture.loop.timer().afterDelay(net::toKj(1ms)).wait(fixture.loop.waitScope()); }
  template <typename Condition>
  void turnUntil(Condition condition) {
    Instant patience = net::now() + 60s;
    while (!condition()) {
      REQUIRE(net::now() < patience);
      turn();
    }
  }
  // The next frame of the viewer that is as wanted.
  template <typename Condition>
  Json frameOf(Viewer& viewer, Condition isWanted) {
    Json found;
    turnUntil([&] {
      for (const ServerFrame& frame : viewer.frames()) {
        if (frame.opcode != kText || !found.is_null()) continue;
        Json parsed = Json::parse(frame.payload);
        if (isWanted(parsed)) found = parsed;
      }
      return !found.is_null();
    });
    return found;
  }
  Json firstFrameOf(Viewer& viewer) {
    return frameOf(viewer, [](const Json& frame) { return frame.contains("first"); });
  }
  // How the door ends the viewer's WebSocket.
  ServerFrame endOf(Viewer& viewer) {
    ServerFrame end;
    turnUntil([&] {
      for (const ServerFrame& frame : viewer.frames()) {
        if (frame.opcode == kClose) end = frame;
      }
      return viewer.isOver;
    });
    return end;
  }
  ServerFrame endAfter(const std::string& bytes) {
    Viewer& viewer = view();
    firstFrameOf(viewer);
    viewer.send(bytes);
    return endOf(viewer);
  }
  // The answer that a request gets instead of a WebSocket.
  std::string answerTo(const std::string& request) {
    Viewer& viewer = view(request);
    turnUntil([&] { return viewer.isOver; });
    return viewer.received;
  }

  scheduler::testing::CapturedLog log;
  scheduler::testing::Fixture fixture;
  Pages pages{fixture.loop, fixture.service, {}};
  Door door;
  net::Listener listener;
  std::list<Viewer> viewers;
};

TEST_CASE("a viewer gets frames: first all there is, then what is new") {
  Host host;
  host.fixture.submit();
  auto joined = host.fixture.joined();
  Viewer& viewer = host.view();
  Json first = host.firstFrameOf(viewer);
  CHECK(first.at("control") == false);
  CHECK(first.at("epoch").get<std::string>().size() == 16);
  CHECK(first.at("jobs")[0].at("job") == 1);
  CHECK(first.at("workers")[0][1] == "w");
  const Json& scheduler = first.at("scheduler");
  CHECK(scheduler.at("jobs_by_state").at("queued") == 1);
  CHECK(scheduler.at("process").at("memory_bytes") > 0);
  CHECK(scheduler.at("connections").at("viewers") == 1);
  CHECK(scheduler.at("rates").contains("leases_per_second"));
  CHECK(host.door.viewers() == 1);

  viewer.send(
      clientFrame(Json{{"jobs", {1}}, {"workers", {number(joined.session.worker)}}}.dump()));
  std::vector<Lease> leases = host.fixture.lentTo(joined.session);
  Json running = host.frameOf(viewer, [](const Json& frame) {
    return frame.contains("running") && !frame.at("running").empty();
  });
  CHECK(running.at("running")[0][0] == number(joined.session.worker));
  std::vector<LeaseTally> done;
  for (const Lease& lease : leases) {
    done.push_back(scheduler::testing::tallyOf(lease, done.size() + 1));
  }
  auto exchange = host.fixture.service.workers().exchange(joined.session, done);
  Json boxes = host.frameOf(viewer, [](const Json& frame) { return frame.contains("boxes"); });
  CHECK(boxes.at("boxes")[0][1] == 1);
  CHECK_FALSE(boxes.contains("first"));
}

TEST_CASE("all viewers see the same, and the places of those that leave are free again") {
  Host host;
  Viewer& first = host.view();
  Viewer& second = host.view();
  CHECK(host.firstFrameOf(first).at("epoch") == host.firstFrameOf(second).at("epoch"));
  first.send(clientFrame("\x03\xe8", kClose));
  CHECK(host.endOf(first).code() == 1000);
  second.socket.close();
  host.turnUntil([&] { return host.door.viewers() == 0 && host.door.connections() == 0; });
  host.firstFrameOf(host.view());
}

// The pair that a browser sends back.
std::string pairOf(const std::string& cookie) { return cookie.substr(0, cookie.find(';')); }

const std::string kOwnOrigin = "Origin: http://localhost\r\n";

TEST_CASE("when a control session ends its page only looks, and a program loses its connection") {
  Host host;
  std::string session = host.door.control().open(net::now());
  std::string cookies = "Cookie: " + pairOf(controlCookie(keys(), session)) + "; " +
                        pairOf(observerCookie(keys(), net::wallNow())) + "\r\n";
  Viewer& page = host.view(opening(cookies + kOwnOrigin));
  Viewer& program = host.view(opening(bearer(session)));
  CHECK(host.firstFrameOf(page).at("control") == true);
  CHECK(host.firstFrameOf(program).at("control") == true);
  for (std::size_t i = 0; i < kControlSessionsMax; ++i) host.door.control().open(net::now());
  Json later = host.frameOf(page, [](const Json& frame) { return frame.contains("control"); });
  CHECK(later.at("control") == false);
  CHECK(host.endOf(program).code() == kAccessOver);
  CHECK_FALSE(page.isOver);
}

TEST_CASE("a live view ends with the cookie that opened it, and says why") {
  Host host;
  // Some seconds are left of its seven days.
  std::string cookie = observerCookie(keys(), net::wallNow() - kCookieLifetime + 4s);
  Viewer& viewer = host.view(opening("Cookie: " + pairOf(cookie) + "\r\n" + kOwnOrigin));
  host.firstFrameOf(viewer);
  ServerFrame end = host.endOf(viewer);
  CHECK(end.code() == kAccessOver);
  CHECK(end.reason() == "your cookie has expired; get a link with 'pi-client dashboard'");
  host.turnUntil([&] { return host.door.viewers() == 0; });
}

TEST_CASE("a viewer that sends something else is told why its connection ends") {
  Host host;
  ServerFrame wrong = host.endAfter(clientFrame("{\"jobs\": 7}"));
  CHECK(wrong.code() == 1008);
  CHECK(wrong.reason() == "jobs is not a list; send numbers, as in [1, 2]");
  CHECK(host.endAfter(clientFrame("[[[[[[")).code() == 1008);
  CHECK(host.endAfter(clientFrame("\x01", kBinary)).code() == 1003);
  CHECK(host.endAfter(clientFrame(std::string(9000, ' '))).code() == 1009);
  CHECK(host.endAfter("\x81\x02{}"
                      "more bytes")
            .code() == 1002);
  CHECK(host.endAfter(clientFrame("x", kContinuation)).code() == 1002);
  CHECK(host.endAfter(clientFrame("x", 3)).code() == 1002);
  std::string flood;
  for (std::uint64_t i = 0; i <= kLiveFramesInMax; ++i) flood += clientFrame("{}");
  CHECK(host.endAfter(flood).code() == 1008);
  std::string pings;
  for (std::uint64_t i = 0; i <= kLiveFramesInMax; ++i) pings += clientFrame("", kPing);
  CHECK(host.endAfter(pings).code() == 1008);
  host.turnUntil([&] { return host.door.viewers() == 0; });
}

TEST_CASE("a ping is answered, and a message may come in pieces") {
  Host host;
  Viewer& viewer = host.view();
  viewer.send("");
  host.firstFrameOf(viewer);
  viewer.send(clientFrame("{\"jobs\"", kText, Piece::kNotLast) + clientFrame("now?", kPing) +
              clientFrame(": []}", kContinuation));
  bool isAnswered = false;
  host.turnUntil([&] {
    for (const ServerFrame& frame : viewer.frames()) {
      isAnswered = isAnswered || (frame.opcode == kPong && frame.payload == "now?");
    }
    return isAnswered;
  });
  CHECK_FALSE(viewer.isOver);
}

TEST_CASE("a request gets no WebSocket if it may not see the dashboard, or does not ask for one") {
  Host host;
  CHECK(host.answerTo(opening("")).starts_with("HTTP/1.1 401 "));
  CHECK(host.answerTo(opening(bearer("guess"))).starts_with("HTTP/1.1 401 "));
  CHECK(host.answerTo(opening(bearer() + "Origin: http://localhost:3000\r\n"))
            .starts_with("HTTP/1.1 403 "));
  std::string plain = "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n" + bearer();
  CHECK(host.answerTo(plain + "Connection: close\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(host.answerTo(plain + "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: a\r\n\r\n")
            .starts_with("HTTP/1.1 400 "));
  // Frames that come with the head could not be measured.
  CHECK(host.answerTo(opening() + clientFrame("{}")).starts_with("HTTP/1.1 400 "));
  host.firstFrameOf(host.view(opening(bearer() + "Origin: http://localhost\r\n")));
}

TEST_CASE("a cookie opens a WebSocket only for the page itself") {
  Host host;
  std::string cookie = "Cookie: " + pairOf(observerCookie(keys(), net::wallNow())) + "\r\n";
  CHECK(host.answerTo(opening(cookie)).starts_with("HTTP/1.1 403 "));
  host.firstFrameOf(host.view(opening(cookie + kOwnOrigin)));
}

TEST_CASE("viewers take at most half of the connections") {
  Host host(DoorLimits{.connectionsMax = 4});
  host.firstFrameOf(host.view());
  host.firstFrameOf(host.view());
  std::string refused = host.answerTo(opening());
  CHECK(refused.starts_with("HTTP/1.1 429 "));
  CHECK(refused.find("close some pages") != refused.npos);
  CHECK(host.door.viewers() == 2);
}

TEST_CASE("a viewer that takes no frames loses its connection, and others get theirs") {
  Host host(DoorLimits{.frameTimeout = 1s});
  for (int i = 0; i < 100; ++i) spdlog::info("{}", std::string(1000, 'x'));
  constexpr int kFewBytes = 2048;  // A frame has up to 25,000.
  host.view(opening(), kFewBytes);
  Viewer& other = host.view();
  host.firstFrameOf(other);
  host.turnUntil([&] { return host.door.viewers() == 2; });
  host.turnUntil([&] { return host.door.viewers() == 1; });
  host.frameOf(other, [](const Json&) { return true; });
}

}  // namespace
}  // namespace pi::scheduler::http
