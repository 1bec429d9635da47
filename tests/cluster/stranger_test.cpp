// Strangers who connect to a scheduler as fast as they can.
#include <doctest/doctest.h>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/raw_peer.h"
#include "tests/cluster/strangers.h"

namespace pi::cluster {
namespace {

// A client that is in, and calls.
struct Caller {
  Caller(net::KjLoop& loop, const Cluster& cluster)
      : peer(loop, callAs(loop, Role::kClient, cluster.connectionFile())),
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

}  // namespace

TEST_CASE("strangers without a key delay neither calls, nor a worker that joins, nor a job") {
  Cluster cluster;
  cluster.addWorker(kSlowly);
  std::uint64_t job = cluster.submit(kEndless);
  net::KjLoop loop;
  Crowd crowd(loop, cluster.port());
  Caller caller(loop, cluster);
  constexpr int kWaves = 10;
  constexpr int kHellos = 100;
  constexpr int kCalls = 30;
  std::size_t answered = 0;
  for (const char* groups : {"X25519", "P-256", "P-384:X25519", "P-384"}) {
    CAPTURE(groups);
    const std::string hello = helloWith(groups);
    for (int wave = 0; wave < kWaves; ++wave) {
      for (int i = 0; i < kHellos; ++i) crowd.send(hello);
      if (wave == kWaves / 2) callAs(loop, Role::kWorker, cluster.connectionFile());
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

  BackgroundReport report = checkedReport(cluster);
  CHECK(report.begun >= answered + 60);
  CHECK(report.succeeded < 100);
  // Calls were served while strangers waited.  Not all of them: if this process gets no CPU time,
  // the scheduler is done with a crowd before the next call.  handshake_test counts them exactly.
  CHECK(report.eventsBetween >= caller.calls / 10);
}

}  // namespace pi::cluster
