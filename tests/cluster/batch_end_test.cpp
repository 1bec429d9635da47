// Workers in batch jobs that end, as their environment says.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

// A slow worker whose batch job ends in so many seconds.
std::unique_ptr<Process> startWorkerFor(Cluster& cluster, const std::string& seconds) {
  return cluster.startShell("PI_END_TIME=$(($(date +%s) + " + seconds +
                            ")) exec \"$PI_WORKER\" --threads 1 --device cpu --kernel portable");
}

// The number that the worker prints at its end.
std::uint64_t computedBy(const Process& worker) {
  const std::string before = "left after computing ";
  const std::string log = worker.err();
  auto at = log.find(before);
  return at == log.npos ? 0 : std::stoull(log.substr(at + before.size()));
}

}  // namespace

TEST_CASE("a worker leaves before its batch job ends, with exit code 0, and loses nothing") {
  Cluster cluster;
  std::uint64_t samples = samplesWithin(15s);
  std::uint64_t job = cluster.submit(samples);
  auto worker = startWorkerFor(cluster, "12");
  cluster.waitForContribution(*worker);

  Json info = cluster.infoOf(*worker);
  CHECK(info.at("seconds_left") > 0.0);
  CHECK(info.at("seconds_left") <= 12.0);
  CHECK(mentions(cluster.runClient({"workers"}).out, "TIME LEFT"));
  CHECK(worker->wait() == 0);

  CHECK(mentions(worker->err(), "this batch job ends in 1"));
  CHECK(mentions(worker->err(), "draining"));
  CHECK(computedBy(*worker) > 0);
  Json status = cluster.ask({"status", std::to_string(job)});
  CHECK(status.at("state") == "running");
  CHECK(status.at("samples_counted") == computedBy(*worker));
  CHECK(mentions(cluster.scheduler().err(), "ends too soon for another lease"));
  CHECK_FALSE(mentions(cluster.scheduler().err(), "is absent"));

  cluster.addWorker();
  Json result = cluster.resultOf(job);
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("duplicates_dropped") == 0);
}

TEST_CASE("a worker whose time is too short for a lease is let in and leaves in order") {
  Cluster cluster;
  cluster.submit(kEndless);
  // So much is left when it joins: the time to leave, and a second that no lease fits into.
  auto worker = startWorkerFor(cluster, "5");

  CHECK(worker->wait() == 0);
  CHECK_FALSE(mentions(cluster.scheduler().err(), "is absent"));
}

TEST_CASE("a worker whose batch job has ended says so and exits as drained") {
  Cluster cluster;
  Ended worker = cluster.runShell("PI_END_TIME=1700000000 exec \"$PI_WORKER\" --threads 1");

  CHECK(worker.exitCode == 0);
  CHECK(isOneLine(worker.err));
  CHECK(mentions(worker.err, "PI_END_TIME is 1700000000: this batch job ended "));
  CHECK(mentions(worker.err, "unset the variable"));
}

TEST_CASE("a worker works on without an end that it cannot read") {
  Cluster cluster;
  cluster.submit(kEndless);
  auto worker = cluster.startShell(
      "SLURM_JOB_END_TIME=tomorrow exec \"$PI_WORKER\" --threads 1 --device cpu");
  cluster.waitForContribution(*worker);

  CHECK(mentions(worker->err(), "SLURM_JOB_END_TIME is \"tomorrow\" and not a time"));
  CHECK(cluster.infoOf(*worker).at("seconds_left").is_null());
  worker->signal(SIGTERM);
  CHECK(worker->wait() == 0);
}

TEST_CASE("the lifetime of a worker is an end that its scheduler knows") {
  Cluster cluster;
  Process& worker = cluster.addWorker({"--lifetime", "1h"});
  double left = cluster.infoOf(worker).at("seconds_left");
  CHECK(left > 3000);
  CHECK(left <= 3600);
}

}  // namespace pi::cluster
