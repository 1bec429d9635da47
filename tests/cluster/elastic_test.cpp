// Workers that the scheduler starts on its own machine.
#include <doctest/doctest.h>

#include <csignal>
#include <set>
#include <string>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

// If a test fails, its workers leave soon.
const Words kElastic = {"--elastic",
                        "local: --threads 1 --death-timeout 20s",
                        "--workers-max",
                        "2",
                        "--min-work",
                        "1s",
                        "--worker-idle-timeout",
                        "2s"};

std::set<int> workersOf(Cluster& cluster) {
  std::set<int> pids;
  const Json answer = cluster.ask({"workers"});
  for (const Json& worker : answer.at("workers")) pids.insert(worker.at("pid").get<int>());
  return pids;
}

void waitForWorkers(Cluster& cluster, std::size_t count) {
  waitUntil(std::to_string(count) + " workers are connected",
            [&] { return workersOf(cluster).size() == count; });
}

void cancel(Cluster& cluster, std::uint64_t job) {
  CHECK(cluster.runClient({"cancel", std::to_string(job)}).exitCode == 0);
}

}  // namespace

TEST_CASE("a scheduler starts workers on its machine for a job, and lets them go after it") {
  Cluster cluster(kElastic);
  CHECK(workersOf(cluster).empty());
  std::uint64_t job = cluster.submit(kEndless);
  waitForWorkers(cluster, 2);
  cancel(cluster, job);
  waitForWorkers(cluster, 0);

  std::uint64_t samples = samplesWithin(std::chrono::seconds(20));
  Json result = cluster.resultOf(cluster.submit(samples));
  CHECK(result.at("hits") == hitsAmong(samples));
  waitForWorkers(cluster, 0);
}

TEST_CASE("workers on this machine outlive a killed scheduler, and the next one ends them") {
  Cluster cluster(kElastic);
  std::uint64_t job = cluster.submit(kEndless);
  waitForWorkers(cluster, 2);
  std::set<int> workers = workersOf(cluster);

  cluster.scheduler().signal(SIGKILL);
  cluster.restartScheduler(kElastic);

  waitForWorkers(cluster, 2);
  CHECK(workersOf(cluster) == workers);
  cancel(cluster, job);
  waitForWorkers(cluster, 0);
  waitUntil("the processes end", [&] {
    for (int pid : workers) {
      // That of a process that has ended is empty, also if it is not reaped.
      if (!contentOf("/proc/" + std::to_string(pid) + "/cmdline").empty()) return false;
    }
    return true;
  });
}

TEST_CASE("a run that waits for workers makes the scheduler start them") {
  Cluster cluster(kElastic);
  Ended client = cluster.runClient({"run", "1e6", "--wait-workers", "2", "--timeout", "60s"});
  CHECK(client.exitCode == 0);
  CHECK(mentions(client.err, "waiting: 0 of 2 workers are there; "));
  CHECK(mentions(client.out, "pi = 3.1"));
  waitForWorkers(cluster, 0);
}

TEST_CASE("a run that waits for more workers than the limits allow fails at once") {
  Cluster cluster(kElastic);
  Ended client = cluster.runClient({"run", "1e6", "--wait-workers", "3"});
  CHECK(client.exitCode == 1);
  CHECK(isOneLine(client.err));
  CHECK(mentions(client.err, "3 workers will never be there: this scheduler starts at most 2"));
  CHECK(mentions(client.err, "nothing was submitted"));
  CHECK(workersOf(cluster).empty());
}

TEST_CASE("an owner pauses and resumes a queue, and a job says why it waits") {
  Cluster cluster(kElastic);
  CHECK(cluster.runScheduler({"elastic", "pause", "--reason", "maintenance"}).exitCode == 0);
  std::uint64_t job = cluster.submit(kEndless);
  // The scheduler looks at its queues once a second.
  waitUntil("the job says why it waits", [&] {
    Json awaited = cluster.ask({"status", std::to_string(job)}).at("workers_awaited");
    return awaited.is_string() && mentions(awaited, "it is paused: maintenance");
  });
  Ended shown = cluster.runScheduler({"elastic", "list"});
  CHECK(mentions(shown.out, "it is paused: maintenance"));
  CHECK(mentions(shown.out, "to resume it, run: pi-scheduler elastic resume 1\n"));
  CHECK(mentions(cluster.runScheduler({"elastic", "dry-run"}).out, "pi-worker"));
  CHECK(workersOf(cluster).empty());

  CHECK(cluster.runScheduler({"elastic", "resume", "1"}).exitCode == 0);
  waitForWorkers(cluster, 2);
  Json list = Json::parse(cluster.runScheduler({"elastic", "list", "--json"}).out);
  CHECK(list.at("queues").at(0).at("allocations").size() == 2);
  cancel(cluster, job);
  waitForWorkers(cluster, 0);
}

TEST_CASE("without Slurm on the machine elastic list says so before there is any work") {
  Home home;
  auto scheduler = home.startShell(
      "exec /usr/bin/env PATH=/none \"$PI_SCHEDULER\" --host 127.0.0.1 --port 0 "
      "--dashboard-address none --elastic slurm --workers-max 1");
  scheduler->waitForErr("there is no squeue in the PATH");
  Ended list = home.runScheduler({"elastic", "list"});
  CHECK(list.exitCode == 0);
  CHECK(mentions(list.out, "there is no squeue in the PATH; start the scheduler on a login node"));
  CHECK(home.runScheduler({"stop"}).exitCode == 0);
}

TEST_CASE("a scheduler without queues says so to its owner") {
  Cluster cluster;
  Ended paused = cluster.runScheduler({"elastic", "pause"});
  CHECK(paused.exitCode == 1);
  CHECK(mentions(paused.err, "start it with --elastic"));
}

}  // namespace pi::cluster
