// Workers on a cluster with Slurm: whatever happens to them, the result is the same integer.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/can_run.h"
#include "tests/cluster/jobs.h"
#include "tests/slurm/site.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

// Nodes with fewer CPUs than this machine: a worker's threads must come from its allocation.
constexpr SlurmSize kSmallNodes{.nodes = 2, .cpusPerNode = 1};

// A job of some seconds for two threads.
std::uint64_t someSeconds() { return samplesWithin(6s); }

// The job has ended with the exact result, and nothing was computed that did not count.
void checkResult(Site& site, std::uint64_t job, std::uint64_t samples) {
  Json result = site.cluster.resultOf(job);
  CHECK(result.at("state") == "finished");
  CHECK(result.at("samples") == samples);
  CHECK(result.at("hits") == hitsAmong(samples));
}

std::uint64_t restartsOf(const Site& site, const std::string& job) {
  return std::stoull(site.slurm.fieldOf(job, "Restarts"));
}

}  // namespace

TEST_CASE("the lesson: sbatch one worker and run, sbatch a second one and run with both") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kSmallNodes);
  std::filesystem::create_directory_symlink(
      PI_SOURCE_DIRECTORY "/scripts", site.cluster.connectionFile().parent_path() / "scripts");
  constexpr std::uint64_t kSamples = 10'000'000'000;

  CHECK(site.type("sbatch -o worker1.log scripts/slurm/worker.sbatch").exitCode == 0);
  Ended first = site.type("pi-client run 1e10 1e8 --json");

  CHECK(first.exitCode == 0);
  Json result = Json::parse(first.out);
  std::uint64_t hits = hitsAmong(kSamples);
  CHECK(result.at("hits") == hits);
  CHECK(result.at("workers") == 1);
  CHECK(result.at("threads") == 1);

  CHECK(site.type("sbatch -o worker2.log scripts/slurm/worker.sbatch").exitCode == 0);
  site.waitForJobs({"1", "2"});
  Ended second = site.type("pi-client run 1e10 1e8 --json");

  CHECK(second.exitCode == 0);
  result = Json::parse(second.out);
  CHECK(result.at("hits") == hits);
  CHECK(result.at("workers") == 2);
  CHECK(result.at("threads") == 2);
  const Json answer = site.cluster.ask({"workers"});
  std::uint64_t contributed = 0;
  for (const Json& worker : answer.at("workers")) {
    auto samples = worker.at("samples_contributed").get<std::uint64_t>();
    // The first one has computed all of the first run.
    CHECK(samples > (worker.at("batch_job") == "1" ? kSamples : 0));
    contributed += samples;
  }
  CHECK(contributed == 2 * kSamples);
  auto home = site.cluster.connectionFile().parent_path();
  CHECK(mentions(contentOf(home / "worker1.log"), "joined"));
  CHECK(mentions(contentOf(home / "worker2.log"), "joined"));
}

TEST_CASE("ahead of the time limit Slurm's signal drains the worker, and its batch job completes") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kSmallNodes);
  std::uint64_t job = site.cluster.submit(kEndless, {"100M"});
  // Slurm sends the signal up to a minute earlier than the script asks for.
  std::string batchJob = site.sbatch({"-t", "1", "--signal=TERM@1"}, kSlowly);
  site.waitForContribution(batchJob);

  CHECK(site.slurm.endOf(batchJob) == "COMPLETED");

  CHECK(mentions(site.logOf(batchJob), "draining"));
  CHECK(site.computedBy(batchJob) > 0);
  Json status = site.cluster.ask({"status", std::to_string(job)});
  CHECK(status.at("samples_counted") == site.computedBy(batchJob));
}

TEST_CASE("without a signal a worker leaves before the time limit, since it knows its end") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kSmallNodes);
  std::uint64_t job = site.cluster.submit(kEndless, {"100M"});
  // Workers ignore this signal.
  std::string batchJob = site.sbatch({"-t", "1", "--signal=URG@1"}, kSlowly);
  site.waitForContribution(batchJob);
  Json worker = site.cluster.ask({"workers"}).at("workers").at(0);
  CHECK(worker.at("seconds_left") > 0.0);
  CHECK(worker.at("seconds_left") <= 60.0);

  CHECK(site.slurm.endOf(batchJob) == "COMPLETED");

  CHECK(mentions(site.cluster.scheduler().err(), "ends too soon for another lease"));
  CHECK(site.computedBy(batchJob) > 0);
  Json status = site.cluster.ask({"status", std::to_string(job)});
  CHECK(status.at("samples_counted") == site.computedBy(batchJob));
}

TEST_CASE("scancel loses nothing that a worker has computed") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kSmallNodes);
  std::uint64_t samples = someSeconds();
  std::uint64_t job = site.cluster.submit(samples);
  std::string first = site.sbatch({}, kSlowly);
  site.waitForContribution(first);

  site.slurm.ask({"scancel", first});

  CHECK(site.slurm.endOf(first) == "CANCELLED");
  waitUntil("the worker leaves", [&] { return site.connectedJobs().empty(); });
  Json status = site.cluster.ask({"status", std::to_string(job)});
  CHECK(site.computedBy(first) > 0);
  CHECK(status.at("samples_counted") == site.computedBy(first));

  site.sbatch({}, kSlowly);
  checkResult(site, job, samples);
}

TEST_CASE("a preempted worker loses nothing and comes back under the same batch job") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site({.nodes = 1, .cpusPerNode = 1});
  std::uint64_t samples = someSeconds();
  std::uint64_t job = site.cluster.submit(samples);
  std::string batchJob = site.sbatch({}, kSlowly);
  site.waitForContribution(batchJob);

  std::string urgent = site.slurm.ask({"sbatch", "--parsable", "--partition=urgent",
                                       "--output=/dev/null", "--exclusive", "--wrap=sleep 1"});
  site.slurm.waitForState(urgent, "RUNNING");
  waitUntil("the worker leaves", [&] { return site.connectedJobs().empty(); });
  waitUntil("it says what it computed", [&] { return site.computedBy(batchJob) > 0; });
  Json status = site.cluster.ask({"status", std::to_string(job)});
  CHECK(status.at("samples_counted") == site.computedBy(batchJob));

  site.waitForJobs({batchJob});
  CHECK(restartsOf(site, batchJob) == 1);
  checkResult(site, job, samples);
}

TEST_CASE("a node that is set DOWN costs time, and its batch job runs on another node") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kSmallNodes);
  std::uint64_t samples = someSeconds();
  std::uint64_t job = site.cluster.submit(samples);
  std::string batchJob = site.sbatch({}, kSlowly);
  site.waitForContribution(batchJob);
  std::string node = site.slurm.fieldOf(batchJob, "NodeList");

  site.slurm.updateNode(node, "DOWN");

  waitUntil("the batch job starts again", [&] { return restartsOf(site, batchJob) == 1; });
  site.waitForJobs({batchJob});
  CHECK(site.slurm.fieldOf(batchJob, "NodeList") != node);
  checkResult(site, job, samples);
}

TEST_CASE("when one of two nodes loses its power, the worker of the other one computes the rest") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site(kSmallNodes);
  std::uint64_t samples = someSeconds();
  std::uint64_t job = site.cluster.submit(samples);
  std::string batchJob = site.sbatch({"--nodes=2"}, kSlowly);
  waitUntil("two workers connect",
            [&] { return site.cluster.ask({"workers"}).at("workers").size() == 2; });
  site.waitForContribution(batchJob);

  site.slurm.killNode("n2");  // The batch script runs on n1.

  checkResult(site, job, samples);
  waitUntil("Slurm misses the node", [&] { return site.slurm.stateOf("n2").starts_with("down"); });
  CHECK(site.slurm.fieldOf(batchJob, "JobState") == "RUNNING");
  CHECK(site.connectedJobs() == std::set<std::string>{batchJob});
}

TEST_CASE("a worker on a drained node works on, and no other starts there") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site({.nodes = 1, .cpusPerNode = 2});
  std::uint64_t samples = someSeconds();
  std::uint64_t job = site.cluster.submit(samples);
  const Words shared = {"--oversubscribe", "--cpus-per-task=1"};
  std::string first = site.sbatch(shared, kSlowly);
  site.waitForContribution(first);

  site.slurm.updateNode("n1", "DRAIN");
  std::string second = site.sbatch(shared, kSlowly);

  checkResult(site, job, samples);
  CHECK(site.slurm.fieldOf(first, "JobState") == "RUNNING");
  CHECK(site.slurm.fieldOf(second, "JobState") == "PENDING");
  CHECK(site.connectedJobs() == std::set<std::string>{first});

  site.slurm.ask({"scancel", first});
  waitUntil("the node is drained", [&] { return site.slurm.stateOf("n1") == "drained"; });
}

TEST_CASE("a job array of four is four workers, each with the CPUs of its own allocation") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site({.nodes = 2, .cpusPerNode = 2});
  std::uint64_t samples = someSeconds();
  std::uint64_t job = site.cluster.submit(samples);

  std::string array = site.sbatch({"--array=1-4", "--oversubscribe", "--cpus-per-task=1"}, kSlowly);

  site.waitForJobs({array + "_1", array + "_2", array + "_3", array + "_4"});
  const Json answer = site.cluster.ask({"workers"});
  CHECK(answer.at("workers").size() == 4);
  for (const Json& worker : answer.at("workers")) CHECK(worker.at("threads") == 1);
  checkResult(site, job, samples);

  // One task of the array ends alone.
  site.slurm.ask({"scancel", array + "_2"});
  site.waitForJobs({array + "_1", array + "_3", array + "_4"});
}

}  // namespace pi::cluster
