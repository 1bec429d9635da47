#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

// Runs a job in this cluster and returns its hits.
std::uint64_t hitsBy(Cluster& cluster, const Words& job) {
  Words words = {"run"};
  words.insert(words.end(), job.begin(), job.end());
  return cluster.ask(words).at("hits");
}

}  // namespace

TEST_CASE("two workers share a job, and client and scheduler compute nothing") {
  Cluster cluster;
  Process& first = cluster.addWorker(kSlowly);
  Process& second = cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(1s);
  auto cpuTime = [&] { return first.cpuTime() + second.cpuTime(); };
  auto before = cpuTime();

  Ended client = cluster.runClient({"run", std::to_string(samples), "--json"});

  REQUIRE(client.exitCode == 0);
  Json result = Json::parse(client.out);
  CHECK(result.at("state") == "finished");
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("workers") == 2);
  CHECK(result.at("threads") == 2);
  CHECK(cluster.contributedBy(first) > 0);
  CHECK(cluster.contributedBy(second) > 0);
  CHECK(cluster.contributedBy(first) + cluster.contributedBy(second) == samples);

  CHECK(cpuTime() - before > 400ms);
  CHECK(client.cpuTime < (cpuTime() - before) / 2);
  CHECK(cluster.scheduler().cpuTime() < (cpuTime() - before) / 2);
}

TEST_CASE("the hits depend on neither chunk size nor workers") {
  constexpr std::uint64_t kSamples = 100'000'007;
  const std::string samples = std::to_string(kSamples);
  const std::uint64_t hits = hitsAmong(kSamples);
  Cluster cluster;
  Process& first = cluster.addWorker();

  CHECK(hitsBy(cluster, {samples}) == hits);
  CHECK(hitsBy(cluster, {samples, "131072"}) == hits);
  CHECK(hitsBy(cluster, {samples, "1000"}) == hits);
  cluster.addWorker(kSlowly);
  cluster.addWorker({"--threads", "3"});
  CHECK(hitsBy(cluster, {samples, "7"}) == hits);
  CHECK(hitsBy(cluster, {samples, samples}) == hits);
  CHECK(hitsBy(cluster, {samples, "1e12"}) == hits);
  first.signal(SIGTERM);
  CHECK(first.wait() == 0);
  CHECK(hitsBy(cluster, {samples, "12345678"}) == hits);
  CHECK(hitsBy(cluster, {samples, "1e6", "--local"}) == hits);
  CHECK(hitsBy(cluster, {samples, "999", "--local", "--threads", "3"}) == hits);
}

TEST_CASE("sobol gives the same hits in a cluster, in a local run and from the kernel") {
  constexpr std::uint64_t kSamples = 30'000'001;
  const std::string samples = std::to_string(kSamples);
  const Words options = {"--sampler", "sobol", "--seed", "18446744073709551615"};
  const std::uint64_t hits = hitsAmong(kSamples, {.seed = UINT64_MAX, .sampler = Sampler::kSobol});
  auto words = [&options](Words start) {
    start.insert(start.end(), options.begin(), options.end());
    return start;
  };
  Cluster cluster;
  cluster.addWorker();
  cluster.addWorker(kSlowly);

  CHECK(hitsBy(cluster, words({samples, "1e5"})) == hits);
  CHECK(hitsBy(cluster, words({samples, samples})) == hits);
  CHECK(hitsBy(cluster, words({samples, "--local"})) == hits);
}

TEST_CASE("a job of one huge chunk uses all workers") {
  Cluster cluster;
  Process& first = cluster.addWorker(kSlowly);
  Process& second = cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(1s);

  Json result = cluster.ask({"run", std::to_string(samples), std::to_string(samples)});

  CHECK(result.at("chunks") == 1);
  CHECK(result.at("workers") == 2);
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(cluster.contributedBy(first) > 0);
  CHECK(cluster.contributedBy(second) > 0);
}

TEST_CASE("a worker that joins later contributes to a running job") {
  Cluster cluster;
  Process& first = cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(2s);
  std::uint64_t job = cluster.submit(samples);
  cluster.waitForContribution(first);

  Process& second = cluster.addWorker(kSlowly);

  Json result = cluster.resultOf(job);
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("workers") == 2);
  CHECK(cluster.contributedBy(second) > 0);
}

TEST_CASE("a small job finishes while a huge one runs") {
  Cluster cluster;
  cluster.addWorker();
  Process& second = cluster.addWorker();
  std::uint64_t huge = cluster.submit(kEndless, {std::to_string(kEndless)});
  cluster.waitForContribution(second);

  Json small = cluster.ask({"run", "100_000_000"});

  CHECK(small.at("hits") == hitsAmong(100'000'000));
  CHECK(cluster.stateOf(huge) == "running");
  Ended cancel = cluster.runClient({"cancel", std::to_string(huge)});
  CHECK(cancel.exitCode == 0);
  CHECK(cancel.err.empty());
  CHECK(cluster.stateOf(huge) == "cancelled");
}

TEST_CASE("a job with a higher priority preempts a running one") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  std::uint64_t huge = cluster.submit(kEndless);
  cluster.waitForContribution(worker);

  Json urgent = cluster.ask({"run", "3e8", "--priority", "1"});

  CHECK(urgent.at("hits") == hitsAmong(300'000'000));
  CHECK(cluster.stateOf(huge) == "running");
}

TEST_CASE("a job without workers says so at once, and starts with the first worker") {
  Cluster cluster;
  auto client = cluster.startClient({"run", "1e8", "--json"});
  client->waitForErr("waiting for workers");
  CHECK(client->out().empty());

  Process& worker = cluster.addWorker();

  CHECK(client->wait() == 0);
  CHECK(Json::parse(client->out()).at("hits") == hitsAmong(100'000'000));
  CHECK(cluster.contributedBy(worker) == 100'000'000);
}

// The state is polled, since the log does not report a silent worker.
TEST_CASE("on an overloaded machine no worker becomes silent") {
  Cluster cluster({"--silence-timeout", "1s"});
  cluster.addWorker(kSlowly);
  cluster.addWorker(kSlowly);
  std::vector<std::unique_ptr<Process>> spinners;
  for (unsigned i = 0; i < 4 * std::thread::hardware_concurrency(); ++i) {
    spinners.push_back(std::make_unique<Process>(
        Command{.program = "/bin/sh", .arguments = {"-c", "while :; do :; done"}}));
  }
  std::uint64_t samples = samplesWithin(1s);

  auto client = cluster.startClient({"run", std::to_string(samples), "--json"});

  while (!client->hasEnded()) {
    const Json answer = cluster.ask({"workers"});
    CHECK(answer.at("workers").size() == 2);
    for (const Json& worker : answer.at("workers")) CHECK(worker.at("state") == "active");
  }
  REQUIRE(client->wait() == 0);
  Json result = Json::parse(client->out());
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("duplicates_dropped") == 0);
  CHECK_FALSE(mentions(cluster.scheduler().err(), "is absent"));
}

}  // namespace pi::cluster
