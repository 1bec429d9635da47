#include <doctest/doctest.h>

#include "common/net/transport/connect_error.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/raw_peer.h"

namespace pi::cluster {

TEST_CASE("with few open files and many workers there are places for clients and for a stop") {
  Home home;
  auto scheduler = home.startShell(
      "ulimit -n 64; exec \"$PI_SCHEDULER\" --host 127.0.0.1 --port 0 --state-dir " +
      home.stateDirectory().string());
  scheduler->waitForErr("pi-scheduler ");
  CHECK(mentions(scheduler->err(), "only 24 connections at a time, 21 of them of workers"));

  net::KjLoop loop;
  std::vector<kj::Own<net::MessageSocket>> workers;
  std::size_t refused = 0;
  for (int i = 0; i < 40; ++i) {
    auto failure = kj::runCatchingExceptions(
        [&] { workers.push_back(callAs(loop, Role::kWorker, home.connectionFile())); });
    KJ_IF_MAYBE (reason, failure) {
      CHECK(net::connectFailureOf(*reason) == net::ConnectFailure::kFull);
      ++refused;
    }
  }
  CHECK(workers.size() == 21);
  CHECK(refused == 19);
  CHECK(mentions(scheduler->err(), "all 21 connections for workers are in use"));

  CHECK(home.runClient({"list"}).exitCode == 0);
  std::vector<kj::Own<net::MessageSocket>> clients;
  clients.reserve(2);
  for (int i = 0; i < 2; ++i) {
    clients.push_back(callAs(loop, Role::kClient, home.connectionFile()));
  }
  CHECK(home.runScheduler({"stop"}).exitCode == 0);
  CHECK(scheduler->wait() == 0);
}

}  // namespace pi::cluster
