// Start-up that explains itself: --check.
#include <doctest/doctest.h>

#include <cmath>
#include <csignal>

#include "tests/can_run.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/far_network.h"

namespace pi::cluster {
namespace {

bool isPossible() { return canRun("a second network", FarNetwork::whyNot()); }

// A scheduler on the near host; the far host shares its home directory.
struct TwoHosts {
  FarNetwork network;
  Cluster cluster{{"--host", FarNetwork::kNearAddress}};

  Ended checkWorkerFarAway() {
    FarNetwork::OnFarHost onFarHost(network);
    return cluster.runWorker({"--check"});
  }
};

}  // namespace

TEST_CASE("--check says that a running scheduler works, to a worker and to a client") {
  Cluster cluster;
  Ended worker = cluster.runWorker({"--check"});
  CHECK(worker.exitCode == 0);
  CHECK(mentions(worker.out, cluster.address() + "\n    works: pi-scheduler "));
  CHECK(mentions(worker.out, "pi-worker can use this scheduler\n"));
  CHECK(worker.err.empty());

  Ended client = cluster.runClient({"--check"});
  CHECK(client.exitCode == 0);
  CHECK(mentions(client.out, "pi-client can use this scheduler\n"));
  // It leaves nothing behind.
  CHECK(cluster.ask({"workers"}).at("workers").empty());
  CHECK(cluster.ask({"list"}).at("jobs").empty());
}

TEST_CASE("pi-client --check --json has what was found at each address") {
  Cluster cluster;
  Json found = cluster.ask({"check"});
  CHECK(found.at("schema") == 1);
  CHECK(found.at("works") == true);
  CHECK(found.at("connection_file") == cluster.connectionFile().string());
  CHECK(found.at("trouble").is_null());
  CHECK(found.at("pid") == cluster.scheduler().pid());
  CHECK(found.at("has_ended") == false);
  REQUIRE(found.at("addresses").size() == 1);
  const Json& first = found.at("addresses")[0];
  CHECK(first.at("address") == cluster.address());
  CHECK(first.at("finding") == "works");
  CHECK(first.at("sentence").is_null());
  CHECK(first.at("protocol_version") == 1);
  CHECK(first.at("round_trip_seconds") > 0);
  CHECK(std::abs(first.at("clock_ahead_seconds").get<double>()) < 60);
}

TEST_CASE("without a connection file, --check asks whether the home directory is shared") {
  Home home;
  Ended worker = home.runWorker({"--check"});
  CHECK(worker.exitCode == 3);
  CHECK(mentions(worker.out, home.connectionFile().string()));
  CHECK(mentions(worker.out, "is the home directory shared?"));

  Ended client = home.runClient({"--check", "--json"});
  CHECK(client.exitCode == 3);
  Json found = Json::parse(client.out);
  CHECK(found.at("works") == false);
  CHECK(found.at("trouble") == "it does not exist");
  CHECK(found.at("addresses").empty());
}

TEST_CASE("the connection file of a scheduler that was killed is known to be old") {
  Cluster cluster;
  cluster.scheduler().signal(SIGKILL);
  cluster.scheduler().wait();

  Ended worker = cluster.runWorker({"--check"});
  CHECK(worker.exitCode == 3);
  CHECK(mentions(worker.out, ", which has ended\n"));
  CHECK(mentions(worker.out, "fails: no scheduler answers at " + cluster.address()));
  CHECK(mentions(worker.out, "likely cause: this scheduler has ended; start pi-scheduler again\n"));

  Ended client = cluster.runClient({"info"});
  CHECK(client.exitCode == 3);
  CHECK(isOneLine(client.err));
  CHECK(mentions(client.err,
                 "is no longer running; start one with pi-scheduler, or see with "
                 "pi-client --check what is in the way"));
}

TEST_CASE("a copy of an old connection file leads to a scheduler with other keys") {
  Cluster old, now;
  Json file = Json::parse(contentOf(old.connectionFile()));
  file["addresses"] = {now.address()};
  auto copy = writePrivate(old, "copy.json", file.dump());

  Ended worker = old.runWorker({"--check", "--connection-file", copy.string()});
  CHECK(worker.exitCode == 4);
  CHECK(mentions(worker.out, "does not have the expected scheduler's key"));
  CHECK(mentions(worker.out, "likely cause: the connection file is old"));
}

TEST_CASE("a firewall that drops packets is told by its silence, with a remedy") {
  if (!isPossible()) return;
  TwoHosts hosts;
  CHECK(hosts.checkWorkerFarAway().exitCode == 0);

  hosts.network.dropAnswers();

  Ended worker = hosts.checkWorkerFarAway();
  CHECK(worker.exitCode == 3);
  CHECK(mentions(worker.out, "(no answer)"));
  CHECK(mentions(worker.out, "likely cause: a firewall drops what is sent to this port"));
  CHECK(mentions(worker.out, "--interface"));

  FarNetwork::OnFarHost onFarHost(hosts.network);
  Ended client = hosts.cluster.runClient({"run", "1000"});
  CHECK(client.exitCode == 3);
  CHECK(isOneLine(client.err));
  CHECK(mentions(client.err, "(no answer)"));
  CHECK(mentions(client.err, "pi-client --check"));
  Json found = Json::parse(hosts.cluster.runClient({"--check", "--json"}).out);
  CHECK(found.at("addresses")[0].at("finding") == "no_answer");
}

TEST_CASE("a network without a way to the scheduler is told, too") {
  if (!isPossible()) return;
  TwoHosts hosts;
  hosts.network.rejectCalls();
  Ended worker = hosts.checkWorkerFarAway();
  CHECK(worker.exitCode == 3);
  CHECK(mentions(worker.out, "(No route to host)"));
  CHECK(mentions(worker.out, "likely cause: this machine has no way to that network"));
}

}  // namespace pi::cluster
