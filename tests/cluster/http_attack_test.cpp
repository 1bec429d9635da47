// Attacks the HTTP door of a scheduler while it runs a job.
#include <doctest/doctest.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <fstream>
#include <memory>

#include "tests/cluster/cluster.h"
#include "tests/cluster/http_client.h"
#include "tests/cluster/jobs.h"
#include "tests/net/web_socket.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;
using Tcp = asio::ip::tcp;

constexpr std::uint64_t kMebibyte = 1 << 20;
// 64 answers that are not taken have 256 KiB of output each, and their text; the rest is small.
constexpr std::uint64_t kGrowthMax = 96 * kMebibyte;
#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

// Strangers and one observer, and their connections, which stay open until dropAll().
struct Attacker {
  explicit Attacker(Cluster& cluster) {
    Json file = Json::parse(contentOf(cluster.connectionFile()));
    std::string url = file.at("dashboard");
    port = static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
    token = file.at("observer_token");
  }

  Tcp::socket& connect() {
    auto& socket = *sockets.emplace_back(std::make_unique<Tcp::socket>(io));
    socket.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), port));
    return socket;
  }
  void send(const std::string& bytes) {
    std::error_code ignored;  // The door may close first.
    asio::write(connect(), asio::buffer(bytes), ignored);
  }
  std::string get(const std::string& target, const std::string& headers) const {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
  }
  std::string bearer() const { return "Authorization: Bearer " + token + "\r\n"; }
  unsigned statusOf(const std::string& target) const {
    HttpRequest request{.target = target, .headers = {{"Authorization", "Bearer " + token}}};
    return fetch(port, request).status;
  }
  void dropAll() { sockets.clear(); }

  std::uint16_t port = 0;
  std::string token;
  asio::io_context io;
  std::vector<std::unique_ptr<Tcp::socket>> sockets;
};

// More connections than there may be, which send nothing, or half a head.
void holdConnections(Attacker& attacker) {
  for (int i = 0; i < 300; ++i) attacker.connect();
  for (int i = 0; i < 300; ++i) attacker.send("GET / HTTP/1.1\r\nHost: local");
  CHECK(attacker.statusOf("/api/v1/cluster") == 200);
}

// Heads that would cost kj-http hundreds of megabytes.
void sendHugeHeads(Attacker& attacker) {
  std::string repeated = "GET / HTTP/1.1\r\n";
  while (repeated.size() < 120'000) repeated += "Host: a\r\n";
  for (int i = 0; i < 50; ++i) {
    attacker.send(repeated + "\r\n");
    attacker.send(attacker.get("/" + std::string(100'000, 'x'), ""));
    attacker.send(std::string(200'000, '\n'));
  }
  CHECK(exchangeBytes(attacker.port, repeated + "\r\n").starts_with("HTTP/1.1 431 "));
}

void sendGarbage(Attacker& attacker) {
  for (int i = 0; i < 200; ++i) {
    std::string bytes(static_cast<std::size_t>(i) * 37, static_cast<char>(i));
    attacker.send(bytes + "\r\n\r\n");
    attacker.send("\x16\x03\x01" + bytes);  // TLS.
  }
}

void guessTokens(Attacker& attacker) {
  for (int i = 0; i < 500; ++i) {
    HttpReply reply = fetch(attacker.port, {.target = "/?token=" + std::to_string(i)});
    CHECK(reply.status == 401);
  }
}

// Bodies that are announced and smuggled.
void sendBodies(Attacker& attacker) {
  for (const char* length :
       {"Content-Length: -1", "Content-Length: 18446744073709551615", "Content-Length: 1000000",
        "Transfer-Encoding: chunked", "Transfer-Encoding: gzip"}) {
    std::string head = attacker.get("/metrics", attacker.bearer() + length + "\r\n");
    std::string answer = exchangeBytes(
        attacker.port, head + "ffffffffffffffff5\r\nabcde" + attacker.get("/health", ""));
    CHECK(answer.starts_with("HTTP/1.1 4"));
    CHECK(answer.find("HTTP/1.1", 1) == answer.npos);
  }
}

// Asks for long answers with the token, many at a time on a connection, and reads none.
void askWithoutReading(Attacker& attacker) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += attacker.get("/metrics", attacker.bearer());
  for (int i = 0; i < 80; ++i) attacker.send(many);
}

// Viewers of the live view: too many, and such that take no frames, or send garbage or a flood.
void abuseLiveView(Attacker& attacker) {
  std::string opening = attacker.get("/api/v1/live", testing::kUpgradeHeaders + attacker.bearer());
  std::string flood, endless = testing::clientFrame("", testing::kText, testing::Piece::kNotLast);
  for (int i = 0; i < 20'000; ++i) {
    flood += testing::clientFrame("", testing::kPing);
    endless += testing::clientFrame("", testing::kContinuation, testing::Piece::kNotLast);
  }
  const std::string workers = "{\"workers\": [" + std::string(100'000, '1') + "]}";
  auto view = [&](const std::string& bytes) {
    Tcp::socket& socket = attacker.connect();
    std::error_code ignored;
    asio::write(socket, asio::buffer(opening), ignored);
    std::string head;
    asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n", ignored);
    asio::write(socket, asio::buffer(bytes), ignored);
  };
  for (int i = 0; i < 6; ++i) {
    view(flood);
    view(endless);
    view(testing::clientFrame(workers));
    view(std::string(100'000, static_cast<char>(i * 50)));
  }
  for (int i = 0; i < 50; ++i) view(testing::clientFrame(R"({"jobs": [1], "workers": [1, 2]})"));
  CHECK(attacker.statusOf("/api/v1/cluster") == 200);
}

}  // namespace

TEST_CASE("a job gets its exact result while visitors attack the HTTP door") {
  Cluster cluster;
  cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(kIsSanitized ? 40s : 8s);
  std::uint64_t job = cluster.submit(samples, {"--seed", "1"});
  auto client = cluster.startClient({"wait", std::to_string(job), "--json"});
  std::uint64_t before = cluster.scheduler().peakBytes();
  Attacker attacker(cluster);
  std::size_t rounds = 0;
  do {
    holdConnections(attacker);
    sendHugeHeads(attacker);
    sendGarbage(attacker);
    guessTokens(attacker);
    sendBodies(attacker);
    askWithoutReading(attacker);
    attacker.dropAll();
    abuseLiveView(attacker);
    CHECK(cluster.runClient({"list"}).exitCode == 0);  // The RPC door is not concerned.
    attacker.dropAll();
    ++rounds;
  } while (!client->hasEnded());

  REQUIRE(client->wait() == 0);
  Json result = Json::parse(client->out());
  CHECK(result.at("state") == "finished");
  CHECK(result.at("hits") == hitsAmong(samples, {.seed = 1}));
  waitUntil("the door is free again", [&] { return attacker.statusOf("/metrics") == 200; });
  std::uint64_t peak = cluster.scheduler().peakBytes();
  if (!kIsSanitized) CHECK(peak < before + kGrowthMax);
  std::string log = cluster.scheduler().err();
  std::size_t lines = 0;
  for (auto at = log.find("at the dashboard"); at != log.npos;
       at = log.find("at the dashboard", at + 1)) {
    ++lines;
  }
  CHECK(lines >= 1);
  CHECK(lines <= 10 * (2 + rounds));  // Ten a minute, and a round takes less.
  CHECK_FALSE(mentions(log, attacker.token));
  MESSAGE(rounds << " rounds; the scheduler's memory was " << before / kMebibyte
                 << " MiB before, and " << peak / kMebibyte << " MiB at its peak");
}

}  // namespace pi::cluster
