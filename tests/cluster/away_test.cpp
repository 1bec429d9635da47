// A client whose scheduler is killed, suspended or cut off while the client waits.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/relay.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

const char* const kLost =
    "lost the scheduler; trying to reconnect for up to 1m 00s; job 1 continues when it is back\n";

std::size_t countOf(const std::string& part, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Starts a client with an endless job and waits until it knows the job's id.  No workers run yet.
std::unique_ptr<Process> startEndlessRun(Cluster& cluster, const Words& more) {
  Words words = {"run", std::to_string(kEndless)};
  words.insert(words.end(), more.begin(), more.end());
  auto client = cluster.startClient(words);
  client->waitForErr("waiting for workers");
  return client;
}

}  // namespace

TEST_CASE("run and wait reconnect when the scheduler is killed and restarted") {
  Cluster cluster;
  std::uint64_t samples = samplesWithin(4s);
  auto run = cluster.startClient({"run", std::to_string(samples), "--json"});
  run->waitForErr("waiting for workers");
  auto wait = cluster.startClient({"wait", "1", "--json"});
  wait->waitForErr("waiting for workers");
  Process& worker = cluster.addWorker(kSlowly);
  cluster.waitForContribution(worker);

  for (int round = 0; round < 2; ++round) {
    cluster.scheduler().signal(SIGKILL);
    cluster.restartScheduler();
    cluster.waitForContribution(worker);
  }

  for (Process* client : {run.get(), wait.get()}) {
    CHECK(client->wait() == 0);
    CHECK(countOf("lost the scheduler", client->err()) <= 2);
    Json result = Json::parse(client->out());
    CHECK(result.at("job") == 1);
    CHECK(result.at("samples") == samples);
    CHECK(result.at("hits") == hitsAmong(samples));
  }
}

TEST_CASE("a restarted scheduler without the job is an error, with exit code 1") {
  Cluster cluster;
  auto run = startEndlessRun(cluster, {});
  auto wait = cluster.startClient({"wait", "1"});
  wait->waitForErr("waiting for workers");

  cluster.scheduler().signal(SIGKILL);
  run->waitForErr(kLost);
  wait->waitForErr(kLost);
  cluster.scheduler().wait();
  std::filesystem::remove_all(cluster.stateDirectory());
  cluster.restartScheduler();

  for (Process* client : {run.get(), wait.get()}) {
    CHECK(client->wait() == 1);
    CHECK(client->out().empty());
    CHECK(mentions(client->err(), "does not know job 1"));
  }
}

TEST_CASE("a job with the same id but another uid is an error, with exit code 1") {
  Cluster cluster;
  auto run = startEndlessRun(cluster, {});

  run->signal(SIGSTOP);
  cluster.scheduler().signal(SIGKILL);
  cluster.scheduler().wait();
  std::filesystem::remove_all(cluster.stateDirectory());
  cluster.restartScheduler();
  // The same request, so that only the uid tells the two jobs apart.
  REQUIRE(cluster.submit(kEndless) == 1);
  run->signal(SIGCONT);

  CHECK(run->wait() == 1);
  CHECK(run->out().empty());
  CHECK(mentions(run->err(), "does not know job 1, and its number is another job now"));
}

TEST_CASE("run reconnects to a scheduler that was suspended, and the job finishes") {
  Cluster cluster;
  Process& worker = cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(1s);
  // Long enough for the answer to the submission on a loaded machine.
  auto client = cluster.startClient(
      {"run", std::to_string(samples), "--json", "--no-progress", "--silence-timeout", "3s"});
  client->waitForErr("job 1 submitted");  // Work begins before that.
  cluster.waitForContribution(worker);

  cluster.scheduler().signal(SIGSTOP);
  client->waitForErr(kLost);
  cluster.scheduler().signal(SIGCONT);

  CHECK(client->wait() == 0);
  CHECK(Json::parse(client->out()).at("hits") == hitsAmong(samples));
  const std::string submitted = "pi-client: job 1 submitted\n";
  CHECK(client->err().starts_with(submitted));
  CHECK(isOneLine(client->err().substr(submitted.size())));  // The loss.
}

TEST_CASE("a client that was suspended prints the result after it continues") {
  Cluster cluster;
  Process& worker = cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(1s);
  auto client = cluster.startClient({"run", std::to_string(samples), "--json", "--no-progress"});
  client->waitForErr("job 1 submitted");  // Work begins before that.
  cluster.waitForContribution(worker);

  client->signal(SIGSTOP);
  CHECK(cluster.resultOf(1).at("hits") == hitsAmong(samples));
  client->signal(SIGCONT);

  CHECK(client->wait() == 0);
  CHECK(Json::parse(client->out()).at("hits") == hitsAmong(samples));
}

TEST_CASE("a client gives up on a lost scheduler with exit code 3 and says how to continue") {
  Cluster cluster;
  auto run = startEndlessRun(cluster, {"--absence-timeout", "0.5s"});
  auto wait = cluster.startClient({"wait", "last", "--absence-timeout", "0.5s"});
  wait->waitForErr("waiting for workers");

  cluster.scheduler().signal(SIGKILL);

  for (Process* client : {run.get(), wait.get()}) {
    CHECK(client->wait() == 3);
    CHECK(client->out().empty());
    CHECK(mentions(client->err(),
                   "lost the scheduler; trying to reconnect for up to 500 ms; job 1 continues"));
    CHECK(mentions(client->err(), "then continue with pi-client wait 1\n"));
  }
}

TEST_CASE("a client makes one attempt even if its time to reconnect has passed") {
  Cluster cluster;
  Relay relay(cluster.port(), 0s);
  auto client = cluster.startClient({"run", "100_000_000", "--json", "--scheduler", relay.address(),
                                     "--absence-timeout", "0.001s"});
  client->waitForErr("waiting for workers");

  relay.cut();
  client->waitForErr("lost the scheduler");
  cluster.addWorker();

  CHECK(client->wait() == 0);
  CHECK(Json::parse(client->out()).at("hits") == hitsAmong(100'000'000));
}

TEST_CASE("--timeout also ends a client that is reconnecting") {
  Cluster cluster;
  auto run = startEndlessRun(cluster, {"--timeout", "2s"});
  auto wait = cluster.startClient({"wait", "1", "--timeout", "2s"});
  wait->waitForErr("waiting for workers");

  cluster.scheduler().signal(SIGKILL);

  CHECK(run->wait() == 5);
  CHECK(mentions(run->err(),
                 "the scheduler is lost; it may still run: cancel it with pi-client cancel 1\n"));
  CHECK(wait->wait() == 5);
  CHECK(mentions(wait->err(), "the timeout was reached; job 1 continues\n"));
}

TEST_CASE("Ctrl-C also ends a client that is reconnecting") {
  Cluster cluster;
  auto run = startEndlessRun(cluster, {});
  auto wait = cluster.startClient({"wait", "1"});
  wait->waitForErr("waiting for workers");
  cluster.scheduler().signal(SIGKILL);
  run->waitForErr(kLost);
  wait->waitForErr(kLost);

  run->signal(SIGINT);
  wait->signal(SIGINT);

  CHECK(run->wait() == 130);
  CHECK(mentions(run->err(),
                 "the scheduler is lost; it may still run: cancel it with pi-client cancel 1\n"));
  CHECK(wait->wait() == 130);
  CHECK(mentions(wait->err(), "interrupted; job 1 continues\n"));
}

TEST_CASE("a submission without an answer is repeated, and there is one job") {
  for (const char* command : {"run", "submit"}) {
    CAPTURE(command);
    Cluster cluster;
    Process& worker = cluster.addWorker();
    Relay relay(cluster.port(), 1s);

    auto client = cluster.startClient({command, "100_000_000", "--scheduler", relay.address()});
    waitUntil("the job is there", [&] { return !cluster.ask({"list"}).at("jobs").empty(); });
    relay.cut();

    CHECK(client->wait() == 0);
    CHECK(mentions(client->err(), "the job is submitted again when it is back"));
    CHECK(cluster.resultOf(1).at("hits") == hitsAmong(100'000'000));
    CHECK(cluster.ask({"list"}).at("jobs").size() == 1);
    CHECK(cluster.contributedBy(worker) == 100'000'000);
  }
}

}  // namespace pi::cluster
