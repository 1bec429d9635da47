// The work of scripts/slurm/worker.sbatch itself, with a program in place of pi-worker.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/can_run.h"
#include "tests/slurm/site.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

const char* const kScript = PI_SOURCE_DIRECTORY "/scripts/slurm/worker.sbatch";

void writeProgram(const fs::path& path, const std::string& body) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "#!/bin/bash\n" << body << "\n";
  fs::permissions(path, fs::perms::owner_all);
}

fs::path homeOf(const Site& site) { return site.cluster.connectionFile().parent_path(); }

// The lines of a file that contain `part`.
int countLines(const fs::path& file, const std::string& part) {
  std::ifstream lines(file);
  int count = 0;
  for (std::string line; std::getline(lines, line);) count += mentions(line, part) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("each node runs one worker, which knows the end, its CPUs and its options") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site({.nodes = 3, .cpusPerNode = 4});
  fs::path log = homeOf(site) / "out.log";
  writeProgram(homeOf(site) / "bin/pi-worker",
               "echo \"node=$SLURMD_NODENAME end=$PI_END_TIME cpus=$SLURM_CPUS_PER_TASK $*\"");
  // A scontrol that counts how often it is asked.
  writeProgram(homeOf(site) / "bin/scontrol",
               "echo asked >> \"$HOME/asked\"\nexec /usr/bin/scontrol \"$@\"");

  Ended ended = site.type("PATH=$HOME/bin:$PATH PI_END_TIME=1 sbatch --wait -N 3 -o out.log " +
                          std::string(kScript) + " --name \"a b\" --threads 2");

  INFO(contentOf(log));
  CHECK(ended.exitCode == 0);
  Ended shown = site.type("SLURM_TIME_FORMAT=%s scontrol --oneliner show job 1");
  auto at = shown.out.find(" StartTime=");
  REQUIRE(at != std::string::npos);
  std::uint64_t end = std::stoull(shown.out.substr(at + 11)) + 3600;
  for (const char* node : {"n1", "n2", "n3"}) {
    CHECK(countLines(log, "node=" + std::string(node) + " end=" + std::to_string(end) +
                              " cpus=4 --name a b --threads 2") == 1);
  }
  CHECK(countLines(log, "node=") == 3);
  CHECK(countLines(homeOf(site) / "asked", "asked") == 1);
}

TEST_CASE("a worker starts also if Slurm does not say when its job ends") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site({.nodes = 1});
  writeProgram(homeOf(site) / "bin/pi-worker", "echo \"end=${PI_END_TIME-unknown}\"");
  writeProgram(homeOf(site) / "bin/scontrol",
               "echo 'Unable to contact slurm controller' >&2; exit 1");

  Ended ended = site.type("PATH=$HOME/bin:$PATH PI_END_TIME=1 sbatch --wait -o out.log " +
                          std::string(kScript));

  CHECK(ended.exitCode == 0);
  CHECK(countLines(homeOf(site) / "out.log", "end=unknown") == 1);
  CHECK(countLines(homeOf(site) / "out.log", "wait for the signal") == 1);
}

TEST_CASE("an installed batch script uses the pi-worker of its own installation") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site({.nodes = 1});
  fs::path prefix = homeOf(site) / "prefix with space";
  writeProgram(prefix / "bin/pi-worker", "echo \"this is $0\"");
  fs::create_directories(prefix / "share/pi/slurm");
  fs::copy_file(kScript, prefix / "share/pi/slurm/worker.sbatch");

  Ended ended = site.type(
      "PATH=/usr/bin:/bin sbatch --wait -o out.log 'prefix with "
      "space/share/pi/slurm/worker.sbatch'");

  INFO(contentOf(homeOf(site) / "out.log"));
  CHECK(ended.exitCode == 0);
  CHECK(countLines(homeOf(site) / "out.log", "this is " + (prefix / "bin/pi-worker").string()) ==
        1);
}

TEST_CASE("a batch script that finds no pi-worker fails, and says how to help it") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site({.nodes = 1});
  fs::copy_file(kScript, homeOf(site) / "worker.sbatch");

  CHECK(site.type("PATH=/usr/bin:/bin sbatch --wait -o none.log worker.sbatch").exitCode == 1);
  std::string log = contentOf(homeOf(site) / "none.log");
  CHECK(isOneLine(log));
  CHECK(mentions(log, "neither in the PATH nor installed with this script"));
  CHECK(mentions(log, "PI_WORKER=/path/to/pi-worker"));

  CHECK(site.type("PI_WORKER=/none/pi-worker sbatch --wait -o wrong.log worker.sbatch").exitCode ==
        1);
  CHECK(mentions(contentOf(homeOf(site) / "wrong.log"), "PI_WORKER is /none/pi-worker"));
}

TEST_CASE("started without sbatch, the batch script says how to start it") {
  Home home;
  Ended ended = home.runShell("unset SLURM_JOB_ID; bash " + std::string(kScript));
  CHECK(ended.exitCode == 1);
  CHECK(isOneLine(ended.err));
  CHECK(mentions(ended.err, "sbatch -o worker1.log " + std::string(kScript)));
}

}  // namespace pi::cluster
