// A run that waits for workers before it submits its job.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/cluster/cluster.h"

namespace pi::cluster {

TEST_CASE("a run submits its job when enough workers are there, and tells how many there are") {
  Cluster cluster;
  auto client = cluster.startClient({"run", "1e6", "--wait-workers", "2"});
  client->waitForErr("waiting: 0 of 2 workers are there");
  cluster.addWorker();
  client->waitForErr("waiting: 1 of 2 workers are there");
  CHECK(cluster.ask({"list"}).at("jobs").empty());

  cluster.addWorker();

  CHECK(client->wait() == 0);
  CHECK(mentions(client->out(), "pi = 3.1"));
}

TEST_CASE("a run waits for workers also while its scheduler restarts") {
  Cluster cluster;
  auto client = cluster.startClient({"run", "1e6", "--wait-workers", "1"});
  client->waitForErr("0 of 1 worker");

  cluster.scheduler().signal(SIGTERM);
  cluster.restartScheduler();
  client->waitForErr("lost the scheduler");
  cluster.addWorker();

  CHECK(client->wait() == 0);
}

TEST_CASE("the timeout of a run counts while it waits for workers, and nothing is submitted") {
  Cluster cluster;
  cluster.addWorker();
  Ended client = cluster.runClient(
      {"run", "1e6", "--wait-workers", "2", "--timeout", "0.5s", "--no-progress"});
  CHECK(client.exitCode == 5);
  CHECK(client.out.empty());
  CHECK(isOneLine(client.err));
  CHECK(mentions(client.err, "the timeout was reached with 1 of 2 workers; nothing was submitted"));
  CHECK(cluster.ask({"list"}).at("jobs").empty());
}

TEST_CASE("Ctrl-C ends the wait for workers, and nothing is submitted") {
  Cluster cluster;
  auto client = cluster.startClient({"run", "1e6", "--wait-workers", "2"});
  client->waitForErr("0 of 2 workers");
  client->signal(SIGINT);
  CHECK(client->wait() == 130);
  CHECK(mentions(client->err(), "interrupted with 0 of 2 workers; nothing was submitted"));
  CHECK(cluster.ask({"list"}).at("jobs").empty());
}

TEST_CASE("without a scheduler there are no workers to wait for") {
  Home home;
  Ended client = home.runShell(
      "unset PI_CONNECTION_FILE; exec env XDG_STATE_HOME=\"$HOME/none\" \"$PI_CLIENT\" run 1e6 "
      "--wait-workers 2");
  CHECK(client.exitCode == 3);
  CHECK(isOneLine(client.err));
  CHECK(mentions(client.err, "--wait-workers"));
}

}  // namespace pi::cluster
