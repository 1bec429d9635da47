// Workers that the scheduler asks Slurm for: as many as the work needs, whatever happens meanwhile.
#include <doctest/doctest.h>

#include <csignal>
#include <set>
#include <string>

#include "tests/can_run.h"
#include "tests/cluster/jobs.h"
#include "tests/slurm/site.h"

namespace pi::cluster {
namespace {

constexpr SlurmSize kTwoNodes{.nodes = 2, .cpusPerNode = 1};

Words elastic(const std::string& queue = "slurm: --partition=all") {
  return {"--elastic",           queue, "--workers-max",         "2",
          "--min-work",          "1s",  "--worker-idle-timeout", "2s",
          "--worker-time-limit", "10m"};
}

void waitForWorkers(Site& site, std::size_t count) {
  waitUntil(std::to_string(count) + " workers are connected",
            [&] { return site.connectedJobs().size() == count; });
}

void cancel(Site& site, std::uint64_t job) {
  CHECK(site.cluster.runClient({"cancel", std::to_string(job)}).exitCode == 0);
}

}  // namespace

TEST_CASE("from no worker to two and back, and no one has typed sbatch") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kTwoNodes, elastic());
  CHECK(site.submittedJobs().empty());

  std::uint64_t job = site.cluster.submit(kEndless);
  waitForWorkers(site, 2);
  std::set<std::string> first = site.connectedJobs();
  CHECK(site.submittedJobs() == first);

  cancel(site, job);
  waitForWorkers(site, 0);
  for (const std::string& batchJob : first) CHECK(site.slurm.endOf(batchJob) == "COMPLETED");

  constexpr std::uint64_t kSamples = 10'000'000'000;
  Json result = site.cluster.resultOf(site.cluster.submit(kSamples));
  CHECK(result.at("hits") == hitsAmong(kSamples));
  CHECK(site.submittedJobs().size() > first.size());
  waitForWorkers(site, 0);
}

TEST_CASE("a scheduler that is killed and started again keeps its workers") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kTwoNodes, elastic());
  std::uint64_t job = site.cluster.submit(kEndless);
  waitForWorkers(site, 2);
  std::set<std::string> workers = site.connectedJobs();

  site.cluster.scheduler().signal(SIGKILL);
  site.cluster.restartScheduler(elastic());

  site.waitForJobs(workers);
  CHECK(site.cluster.stateOf(job) == "running");
  cancel(site, job);
  waitForWorkers(site, 0);
  CHECK(site.submittedJobs() == workers);
}

TEST_CASE("a stop gives back what is pending, and what runs waits for the next scheduler") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site({.nodes = 1, .cpusPerNode = 1}, elastic());
  site.cluster.submit(kEndless);
  waitForWorkers(site, 1);
  waitUntil("a second worker is asked for", [&] { return site.submittedJobs().size() == 2; });
  site.cluster.scheduler().signal(SIGKILL);
  site.cluster.restartScheduler(elastic());
  waitForWorkers(site, 1);
  std::string running = *site.connectedJobs().begin();
  std::set<std::string> others = site.submittedJobs();
  others.erase(running);
  CHECK(others.size() == 1);

  CHECK(site.cluster.runScheduler({"stop"}).exitCode == 0);
  CHECK(site.slurm.endOf(*others.begin()) == "CANCELLED");
  CHECK(site.slurm.fieldOf(running, "JobState") == "RUNNING");

  site.cluster.restartScheduler(elastic());
  site.waitForJobs({running});
  CHECK(site.cluster.runScheduler({"stop", "--workers"}).exitCode == 0);
  CHECK(site.slurm.endOf(running) == "COMPLETED");
}

TEST_CASE("a scheduler that ends by itself or by a signal gives back what is pending") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Words options = elastic();
  options.insert(options.end(), {"--workers-min", "2"});
  bool isSignalled = false;
  SUBCASE("by SIGTERM") { isSignalled = true; }
  SUBCASE("by --idle-timeout") { options.insert(options.end(), {"--idle-timeout", "30s"}); }
  Site site({.nodes = 1, .cpusPerNode = 1}, options);
  waitForWorkers(site, 1);
  std::string running = *site.connectedJobs().begin();
  waitUntil("a second worker is asked for", [&] { return site.submittedJobs().size() == 2; });

  if (isSignalled) site.cluster.scheduler().signal(SIGTERM);

  CHECK(site.cluster.scheduler().wait() == 0);
  std::set<std::string> others = site.submittedJobs();
  others.erase(running);
  REQUIRE(others.size() == 1);
  CHECK(site.slurm.endOf(*others.begin()) == "CANCELLED");
  // It waits for the next scheduler, unless none is to come.
  if (isSignalled) CHECK(site.slurm.fieldOf(running, "JobState") == "RUNNING");
  if (!isSignalled) CHECK(site.slurm.endOf(running) == "COMPLETED");
}

TEST_CASE("a partition that does not exist is named in the log, with the remedy") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kTwoNodes, elastic("slurm: --partition=nowhere"));
  site.cluster.submit(kEndless);
  site.cluster.scheduler().waitForErr("Slurm does not have this partition");
  site.cluster.scheduler().waitForErr(" is paused: ");
  CHECK(site.submittedJobs().empty());
  CHECK(mentions(site.cluster.runScheduler({"elastic", "list"}).out, "it is paused: "));
  CHECK(site.cluster.runScheduler({"elastic", "resume", "1"}).exitCode == 0);
  site.cluster.scheduler().waitForErr("slurm: --partition=nowhere is resumed");
}

TEST_CASE("a job that waits for workers tells a client Slurm's reason, with the remedy") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kTwoNodes, elastic("slurm: --partition=short"));
  std::string job = std::to_string(site.cluster.submit(kEndless));
  waitUntil("the job says why it waits", [&] {
    Json awaited = site.cluster.ask({"status", job}).at("workers_awaited");
    return awaited.is_string() &&
           mentions(awaited, "pending (PartitionTimeLimit: use a shorter --worker-time-limit)");
  });
}

TEST_CASE("a controller that is away for a while delays workers, and loses none") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kTwoNodes, elastic());
  site.slurm.stopController();
  std::uint64_t job = site.cluster.submit(kEndless);
  site.cluster.scheduler().waitForErr("(slurmctld) does not answer");

  site.slurm.startController();

  waitForWorkers(site, 2);
  std::set<std::string> workers = site.connectedJobs();
  CHECK(site.submittedJobs() == workers);

  site.slurm.stopController();
  cancel(site, job);
  waitForWorkers(site, 0);  // They are told to leave; Slurm is not needed for that.
  site.slurm.startController();
  CHECK(site.submittedJobs() == workers);
}

}  // namespace pi::cluster
