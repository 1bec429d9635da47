// A scheduler with its state directory on a full disk.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/can_run.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/small_disk.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

bool isPossible() { return canRun("a small disk", SmallDisk::whyNot()); }

}  // namespace

TEST_CASE("while the disk is full, answers wait, and no work and no job is lost") {
  if (!isPossible()) return;
  const std::string full = "jobs.sqlite cannot be written: the disk is full; free some space";
  SmallDisk disk;
  const Words options = {"--state-dir", disk.path().string()};
  Cluster cluster(options);
  Process& worker = cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(3s);
  std::uint64_t job = cluster.submit(samples);
  auto waiting = cluster.startClient({"wait", std::to_string(job), "--json"});
  cluster.waitForContribution(worker);

  disk.fill();
  cluster.scheduler().waitForErr(full);
  REQUIRE(cluster.stateOf(job) == "running");
  std::uint64_t before = cluster.contributedBy(worker);
  waitUntil("the worker computes more", [&] { return cluster.contributedBy(worker) > before; });
  Ended refused = cluster.runClient({"submit", "1e6"});
  CHECK(refused.exitCode == 1);
  CHECK(refused.out.empty());
  CHECK(isOneLine(refused.err));
  CHECK(mentions(refused.err, full));

  // The job is computed to its end, but the end is not announced before it is saved.
  waitUntil("all is computed", [&] { return cluster.contributedBy(worker) == samples; });
  CHECK(cluster.stateOf(job) == "running");
  CHECK_FALSE(waiting->hasEnded());
  const std::string shown = "waiting for the scheduler's disk";
  CHECK(mentions(cluster.runClient({"status", "last"}).out, shown));
  CHECK(mentions(cluster.runClient({"list"}).out, shown));
  waiting->waitForErr(shown);
  CHECK(mentions(cluster.runClient({"info"}).out, full));

  disk.makeRoom();
  CHECK(waiting->wait() == 0);
  Json result = Json::parse(waiting->out());
  CHECK(result.at("state") == "finished");
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("duplicates_dropped") == 0);
  cluster.scheduler().waitForErr("jobs are saved again");
  CHECK(cluster.ask({"run", "1e6"}).at("hits") == hitsAmong(1'000'000));

  cluster.scheduler().signal(SIGKILL);
  cluster.restartScheduler(options);
  CHECK(cluster.resultOf(job) == result);
}

TEST_CASE("cancel and stop report that the disk is full") {
  if (!isPossible()) return;
  const std::string full = "jobs.sqlite cannot be written: the disk is full; free some space";
  SmallDisk disk;
  Cluster cluster({"--state-dir", disk.path().string()});
  Process& worker = cluster.addWorker(kSlowly);
  std::uint64_t job = cluster.submit(kEndless);
  cluster.waitForContribution(worker);
  disk.fill();
  cluster.scheduler().waitForErr(full);

  Ended cancel = cluster.runClient({"cancel", std::to_string(job)});
  CHECK(cancel.exitCode == 1);
  CHECK(isOneLine(cancel.err));
  CHECK(mentions(cancel.err, "the job is stopped, but this cannot be saved ("));
  CHECK(mentions(cancel.err, full));

  Ended stop = cluster.runScheduler({"stop"});
  CHECK(stop.exitCode == 1);
  CHECK(isOneLine(stop.err));
  CHECK(mentions(stop.err, full));
  CHECK(cluster.scheduler().wait() == 1);
}

TEST_CASE("a scheduler that is killed while its disk is full loses no accepted job") {
  if (!isPossible()) return;
  SmallDisk disk;
  const Words options = {"--state-dir", disk.path().string()};
  Cluster cluster(options);
  Process& worker = cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(2s);
  std::uint64_t job = cluster.submit(samples);
  cluster.waitForContribution(worker);

  disk.fill();
  cluster.scheduler().waitForErr("the disk is full");
  std::uint64_t before = cluster.contributedBy(worker);
  waitUntil("the worker computes more", [&] { return cluster.contributedBy(worker) > before; });
  cluster.scheduler().signal(SIGKILL);
  CHECK(cluster.scheduler().wait() == 128 + SIGKILL);
  disk.makeRoom();
  cluster.restartScheduler(options);

  Json result = cluster.resultOf(job);
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("duplicates_dropped") == 0);
  // The worker reported its uncommitted tallies again, so nothing was computed twice.
  worker.signal(SIGTERM);
  CHECK(worker.wait() == 0);
  worker.waitForErr("left after computing " + std::to_string(samples) + " samples");
}

}  // namespace pi::cluster
