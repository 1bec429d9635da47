// Strangers who connect to a scheduler as fast as they can.
#include <doctest/doctest.h>

#include <asio/write.hpp>
#include <csignal>
#include <regex>
#include <vector>

#include "common/net/transport/listener.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/raw_peer.h"
#include "tests/cluster/strangers.h"

namespace pi::cluster {
namespace {

using Tcp = asio::ip::tcp;

#ifdef __SANITIZE_ADDRESS__
constexpr double kSlowness = 10;
#else
constexpr double kSlowness = 1;
#endif

struct Crowd {
  explicit Crowd(Cluster& attacked) : cluster(attacked) { net::raiseOpenFilesLimit(); }

  Tcp::socket& connect() {
    Tcp::socket& socket = sockets.emplace_back(loop.io());
    socket.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), cluster.port()));
    return socket;
  }
  void sendHellos(const std::string& hello, int count) {
    for (int i = 0; i < count; ++i) asio::write(connect(), asio::buffer(hello));
  }
  std::size_t takeAnswers() {
    std::size_t answered = 0;
    for (Tcp::socket& socket : sockets) {
      char byte = 0;
      std::error_code ignored;
      answered += socket.read_some(asio::buffer(&byte, 1), ignored);
    }
    sockets.clear();
    return answered;
  }

  Cluster& cluster;
  net::KjLoop loop;
  std::vector<Tcp::socket> sockets;
};

// A client that is in, and calls.
struct Caller {
  Caller(Crowd& crowd, const Cluster& cluster)
      : peer(crowd.loop, callAs(crowd.loop, Role::kClient, cluster.connectionFile())),
        desk(peer.enterAsClient()) {}
  void call() {
    std::uint32_t question = peer.call(desk, capnp::typeId<wire::ClientDesk>(), 2);
    for (bool isAnswered = false; !isAnswered;) {
      auto read = peer.next();
      auto message = KJ_REQUIRE_NONNULL(read)->getRoot<capnp::rpc::Message>();
      isAnswered = message.isReturn() && message.getReturn().getAnswerId() == question;
    }
    peer.finish(question);
    ++calls;
  }

  RawPeer peer;
  std::uint32_t desk;
  std::uint64_t calls = 0;
};

// The scheduler's line about the handshakes in its life.
struct Report {
  std::uint64_t begun = 0;
  std::uint64_t succeeded = 0;
  double handshakeSeconds = 0;
  double allSeconds = 0;
  double secondsBeforeOthers = 0;
  double longestMilliseconds = 0;
  std::uint64_t othersBetween = 0;
  std::uint64_t pieces = 0;
};

Report reportOf(const std::string& log) {
  static const std::regex kLine(
      R"(handshakes: (\d+) begun, (\d+) succeeded, .*CPU time: ([\d.]+) of ([\d.]+) s, )"
      R"(([\d.]+) s of it before other work; longest piece ([\d.]+) ms; )"
      R"(other work (\d+) times between (\d+) pieces)");
  std::smatch found;
  REQUIRE(std::regex_search(log, found, kLine));
  return {.begun = std::stoull(found[1]),
          .succeeded = std::stoull(found[2]),
          .handshakeSeconds = std::stod(found[3]),
          .allSeconds = std::stod(found[4]),
          .secondsBeforeOthers = std::stod(found[5]),
          .longestMilliseconds = std::stod(found[6]),
          .othersBetween = std::stoull(found[7]),
          .pieces = std::stoull(found[8])};
}

}  // namespace

TEST_CASE("strangers without a key delay neither calls, nor a worker that joins, nor a job") {
  Cluster cluster;
  cluster.addWorker(kSlowly);
  std::uint64_t job = cluster.submit(kEndless);
  Crowd crowd(cluster);
  Caller caller(crowd, cluster);
  constexpr int kWaves = 10;
  constexpr int kHellos = 100;
  constexpr int kCalls = 30;
  std::size_t answered = 0;
  for (const char* groups : {"X25519", "P-256", "P-384:X25519", "P-384"}) {
    CAPTURE(groups);
    const std::string hello = helloWith(groups);
    for (int wave = 0; wave < kWaves; ++wave) {
      crowd.sendHellos(hello, kHellos);
      if (wave == kWaves / 2) callAs(crowd.loop, Role::kWorker, cluster.connectionFile());
      for (int i = 0; i < kCalls; ++i) caller.call();
      answered += crowd.takeAnswers();
    }
  }
  CHECK(answered == std::size_t{4} * kWaves * kHellos);
  for (int certificates : {1, 5, 127}) {
    CAPTURE(certificates);
    for (int i = 0; i < 20; ++i) {
      CHECK(isRefusedWithCertificates(crowd.connect(), certificates));
      caller.call();
    }
    crowd.sockets.clear();
  }
  CHECK(cluster.stateOf(job) == "running");
  CHECK_FALSE(mentions(cluster.scheduler().err(), "hung up on"));

  cluster.scheduler().signal(SIGTERM);
  REQUIRE(cluster.scheduler().wait() == 0);
  Report report = reportOf(cluster.scheduler().err());
  CHECK(report.begun >= answered + 60);
  CHECK(report.succeeded < 100);
  CHECK(report.othersBetween >= caller.calls);
  // A fifth, and the pieces that began when nothing else was due.
  CHECK(report.secondsBeforeOthers < 0.25 * report.allSeconds);
  CHECK(report.longestMilliseconds < 10 * kSlowness);
  MESSAGE(caller.calls << " calls; " << report.handshakeSeconds << " s of " << report.allSeconds
                       << " s of CPU for handshakes, " << report.secondsBeforeOthers
                       << " s before other work; the longest piece took "
                       << report.longestMilliseconds << " ms");
}

}  // namespace pi::cluster
