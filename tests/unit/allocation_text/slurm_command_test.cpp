#include "scheduler/allocation/text/slurm_command.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace pi::allocation {
namespace {

using namespace std::chrono_literals;

const WorkerStart kStart{.worker = "/opt/pi/bin/pi-worker",
                         .connectionFile = "/home/someone/scheduler.json",
                         .logFolder = "/home/someone/workers"};

AllocationRequest request(const Words& arguments = {}, Duration timeLimit = 1h) {
  return {.name = "pi-a-1-7", .arguments = arguments, .timeLimit = timeLimit};
}

bool has(const Words& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

TEST_CASE("sbatch gets the queue's options, and then those that must not be replaced") {
  CHECK(submitWords(request({"--partition=a", "--account=x"}), kStart) ==
        Words{"sbatch", "--output=/home/someone/workers/pi-a-1-7.log", "--partition=a",
              "--account=x", "--parsable", "--job-name=pi-a-1-7", "--nodes=1",
              "--ntasks-per-node=1", "--time=60", "--no-requeue", "--export=ALL"});
}

TEST_CASE("a time limit is in whole minutes, and never none") {
  CHECK(has(submitWords(request({}, 90s), kStart), "--time=2"));
  CHECK(has(submitWords(request({}, 24h), kStart), "--time=1440"));
  CHECK(has(submitWords(request({}, 0s), kStart), "--time=1"));
}

TEST_CASE("a folder whose name looks like a pattern of Slurm is meant as it is") {
  WorkerStart odd = kStart;
  odd.logFolder = "/scratch/100%j";
  CHECK(has(submitWords(request(), odd), "--output=/scratch/100%%j/pi-a-1-7.log"));
}

TEST_CASE("a job gets its name and the way to its scheduler as variables") {
  Words environment = submitEnvironment({"HOME=/home/someone", "PI_ALLOCATION=old", "PI_WORKER=old",
                                         "SBATCH_PARTITION=a", "SLURM_CONF=/etc/slurm.conf"},
                                        request(), kStart);
  CHECK(environment == Words{"HOME=/home/someone", "SBATCH_PARTITION=a",
                             "SLURM_CONF=/etc/slurm.conf", "PI_ALLOCATION=pi-a-1-7",
                             "PI_CONNECTION_FILE=/home/someone/scheduler.json",
                             "PI_WORKER=/opt/pi/bin/pi-worker"});
  WorkerStart anywhere = kStart;
  anywhere.worker = "";
  CHECK(has(submitEnvironment({"PI_WORKER=mine"}, request(), anywhere), "PI_WORKER=mine"));
}

TEST_CASE("variables that would break a command of Slurm do not reach it") {
  const Words own{"PATH=/bin",
                  "SBATCH_ARRAY_INX=1-4",
                  "SBATCH_WAIT=1",
                  "SBATCH_CLUSTERS=b",
                  "SQUEUE_STATES=R",
                  "SQUEUE_FORMAT=%i",
                  "SCANCEL_INTERACTIVE=1",
                  "SLURM_JOB_ID=1",
                  "SLURM_NTASKS=4",
                  "SLURM_CLUSTERS=mars",
                  "SLURM_TIME_FORMAT=relative"};
  CHECK(submitEnvironment(own, request(), kStart).size() == 5);
  CHECK(queryEnvironment(own) == Words{"PATH=/bin", "SLURM_CLUSTERS=mars", "SLURM_TIME_FORMAT=%s"});
}

TEST_CASE("all jobs of this user are listed in one call") {
  CHECK(listWords() == Words{"squeue", "--me", "--states=all", "--noheader",
                             "--Format=JobID:|,State:|,StartTime:|,exit_code:|,Reason:|,Name:|"});
}

TEST_CASE("scancel leaves running jobs alone if it is told to") {
  CHECK(cancelWords({"7", "8"}, false) == Words{"scancel", "7", "8"});
  CHECK(cancelWords({"7", "8"}, true) == Words{"scancel", "--state=PENDING", "7", "8"});
}

TEST_CASE("people see the command that they can try") {
  WorkerStart start = kStart;
  start.connectionFile = "/home/someone b/scheduler.json";
  CHECK(submitText(request({"--constraint=a|b"}), start) ==
        "env PI_ALLOCATION=pi-a-1-7 'PI_CONNECTION_FILE=/home/someone b/scheduler.json' "
        "PI_WORKER=/opt/pi/bin/pi-worker sbatch --output=/home/someone/workers/pi-a-1-7.log "
        "'--constraint=a|b' --parsable --job-name=pi-a-1-7 --nodes=1 --ntasks-per-node=1 --time=60 "
        "--no-requeue --export=ALL < worker.sbatch");
}

}  // namespace pi::allocation
