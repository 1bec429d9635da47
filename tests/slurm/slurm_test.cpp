// The harness itself: what the scenarios rely on.
#include "tests/slurm/slurm.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "tests/can_run.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

// The processes that have `text` in their environment.
int countProcessesWith(const std::string& text) {
  int count = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    std::ostringstream content;
    content << std::ifstream(entry.path() / "environ", std::ios::binary).rdbuf();
    if (content.str().find(text) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("a job of the test's own Slurm runs, and all its processes end with it") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  std::string configuration;
  {
    Slurm slurm;
    configuration = slurm.environment().at("SLURM_CONF");

    CHECK(slurm.ask({"srun", "--nodes=2", "sh", "-c", "echo $SLURMD_NODENAME"}).size() == 5);
    std::string job = slurm.ask(
        {"sbatch", "--parsable", "--output=/dev/null", "--nodes=2", "--wrap=srun sleep 1000"});
    slurm.waitForState(job, "RUNNING");
    waitUntil("both nodes run the step", [&] {
      return slurm.ask({"squeue", "--steps", "--noheader", "--job=" + job}).find(job + ".0") !=
             std::string::npos;
    });

    CHECK(countProcessesWith(configuration) > 4);
  }
  waitUntil("all processes end", [&] { return countProcessesWith(configuration) == 0; });
  CHECK(!fs::exists(configuration));
}

TEST_CASE("a node that is switched off takes its processes along, and comes back") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Slurm slurm({.nodes = 1});
  std::string job =
      slurm.ask({"sbatch", "--parsable", "--output=/dev/null", "--no-requeue",
                 "--export=ALL,PI_TEST_MARK=" + slurm.environment().at("SLURM_CONF") + "/mark",
                 "--wrap=exec sleep 1000"});
  slurm.waitForState(job, "RUNNING");
  std::string mark = "PI_TEST_MARK=" + slurm.environment().at("SLURM_CONF");
  waitUntil("the job's process runs", [&] { return countProcessesWith(mark) > 0; });

  slurm.killNode("n1");
  waitUntil("its processes end", [&] { return countProcessesWith(mark) == 0; });
  CHECK(slurm.endOf(job) == "NODE_FAIL");
  CHECK(slurm.stateOf("n1").starts_with("down"));

  slurm.startNode("n1");
  CHECK(slurm.stateOf("n1") == "idle");
}

}  // namespace pi::cluster
