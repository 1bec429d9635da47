// The errors are those that Slurm 22.05 writes.
#include "scheduler/allocation/text/slurm_errors.h"

#include <doctest/doctest.h>

#include <string>

namespace pi::allocation {
namespace {

using Kind = BatchFailure::Kind;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an unknown partition is named, with what lists the known ones") {
  BatchFailure failure = slurmFailure(
      "sbatch",
      "sbatch: error: invalid partition specified: nope\n"
      "sbatch: error: Batch job submission failed: Invalid partition name specified\n");
  CHECK(failure.kind == Kind::kRefused);
  CHECK(failure.sentence ==
        "Slurm does not have this partition; sinfo lists those that it has: correct --partition in "
        "--elastic (sbatch: Invalid partition name specified)");
}

TEST_CASE("each refusal of a job names its remedy") {
  struct Row {
    const char* errors;
    const char* remedy;
  };
  for (const Row& row : {
           Row{"sbatch: error: Batch job submission failed: Invalid account or account/partition "
               "combination specified\n",
               "correct --account"},
           Row{"sbatch: error: Batch job submission failed: Invalid qos specification\n",
               "correct --qos"},
           Row{"sbatch: error: Batch job submission failed: Requested time limit is invalid "
               "(missing or exceeds some limit)\n",
               "use a shorter --worker-time-limit"},
           Row{"sbatch: error: Memory specification can not be satisfied\n"
               "sbatch: error: Batch job submission failed: Requested node configuration is not "
               "available\n",
               "sinfo -N -l shows CPUs and memory"},
           Row{"sbatch: error: Invalid generic resource (gres) specification\n", "correct --gres"},
           Row{"sbatch: error: Batch job submission failed: Invalid feature specification\n",
               "correct --constraint"},
           Row{"sbatch: error: Batch job submission failed: Requested reservation is invalid\n",
               "correct --reservation"},
           Row{"sbatch: error: Batch job submission failed: Job violates accounting/QOS policy "
               "(job submit limit, user's size and/or time limits)\n",
               "ask for fewer workers"},
           Row{"sbatch: unrecognized option '--frob'\nTry \"sbatch --help\" for more information\n",
               "unrecognized option '--frob'; correct the options in --elastic"},
           Row{"sbatch: error: Invalid license specification\n", "Invalid license specification"},
           Row{"sbatch: error: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host\n"
               "sbatch: error: fetch_config: DNS SRV lookup failed\n"
               "sbatch: fatal: Could not establish a configuration source\n",
               "start the scheduler on a login node"},
           Row{"", "did not say why"},
       }) {
    BatchFailure failure = slurmFailure("sbatch", row.errors);
    CAPTURE(failure.sentence);
    CHECK(failure.kind == Kind::kRefused);
    CHECK(holds(failure.sentence, row.remedy));
    CHECK_FALSE(holds(failure.sentence, "\n"));
  }
}

TEST_CASE("a controller that cannot be reached has done nothing") {
  BatchFailure failure = slurmFailure(
      "sbatch",
      "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect "
      "failure)\n");
  CHECK(failure.kind == Kind::kUnreachable);
  CHECK(holds(failure.sentence, "(slurmctld) does not answer"));
  failure = slurmFailure("squeue",
                         "slurm_load_jobs error: Unable to contact slurm controller (connect "
                         "failure)\n");
  CHECK(failure.kind == Kind::kUnreachable);
  CHECK(slurmFailure("squeue", "squeue: error: Munge encode failed: Failed to access\n").kind ==
        Kind::kUnreachable);
  CHECK(slurmFailure("sbatch",
                     "sbatch: error: Slurm temporarily unable to accept job, sleeping and "
                     "retrying\n")
            .kind == Kind::kUnreachable);
}

TEST_CASE("a controller whose answer is missing may have taken the job") {
  for (const char* errors :
       {"sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n",
        "sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received\n",
        "sbatch: error: Batch job submission failed: Unable to contact slurm controller (receive "
        "failure)\n"}) {
    CHECK(slurmFailure("sbatch", errors).kind == Kind::kUnclear);
  }
}

TEST_CASE("without Slurm on the machine, the sentence says where to start the scheduler") {
  BatchFailure failure = slurmNotStarted("sbatch", true, "cannot run 'sbatch'");
  CHECK(failure.kind == Kind::kRefused);
  CHECK(failure.sentence ==
        "there is no sbatch in the PATH; start the scheduler on a login node of a cluster with "
        "Slurm, or use --elastic local");
  failure = slurmNotStarted("sbatch", false, "cannot run 'sbatch': Too many open files");
  CHECK(failure.kind == Kind::kUnreachable);
  CHECK(failure.sentence == "cannot run 'sbatch': Too many open files");
}

TEST_CASE("the text of Slurm is made safe to print, and short") {
  BatchFailure failure = slurmFailure("sbatch", "sbatch: error: \x1b[2J" + std::string(500, 'x'));
  CHECK_FALSE(holds(failure.sentence, "\x1b"));
  CHECK(failure.sentence.size() < 200);
}

TEST_CASE("scancel's complaint about jobs that are over is no failure") {
  CHECK(meansOver("scancel: error: Kill job error on job id 17: Invalid job id specified\n"));
  CHECK(meansOver(
      "scancel: error: Kill job error on job id 1: Job/step already completing or completed\n"
      "scancel: error: Kill job error on job id 2: Invalid job id specified\n"));
  CHECK_FALSE(meansOver(""));
  CHECK_FALSE(
      meansOver("scancel: error: Kill job error on job id 1: Invalid job id specified\n"
                "scancel: error: Kill job error on job id 2: Access/permission denied\n"));
}

}  // namespace pi::allocation
