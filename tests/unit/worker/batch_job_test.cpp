#include "worker/batch_job.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <map>
#include <string>

namespace pi::worker {
namespace {

// While this object exists, the environment of a batch job is exactly this.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& values) {
    for (const char* name :
         {"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_CPUS_PER_TASK",
          "PBS_JOBID", "NCPUS", "PBS_NUM_PPN", "LSB_JOBID", "LSB_JOBINDEX", "LSB_MCPU_HOSTS",
          "JOB_ID", "SGE_TASK_ID", "NSLOTS", "SLURM_JOB_END_TIME", "PI_END_TIME"}) {
      ::unsetenv(name);
    }
    for (const auto& [name, value] : values) ::setenv(name.c_str(), value.c_str(), 1);
  }
};

std::string jobIn(const std::map<std::string, std::string>& values) {
  Environment environment(values);
  return batchJob();
}

std::uint32_t cpusIn(const std::map<std::string, std::string>& values) {
  Environment environment(values);
  return batchCpus("node2.site").value_or(0);
}

TEST_CASE("a batch job is named as the batch system's own list names it") {
  CHECK(jobIn({}).empty());
  CHECK(jobIn({{"SLURM_JOB_ID", "91"}}) == "91");
  CHECK(
      jobIn({{"SLURM_JOB_ID", "91"}, {"SLURM_ARRAY_JOB_ID", "90"}, {"SLURM_ARRAY_TASK_ID", "3"}}) ==
      "90_3");
  CHECK(
      jobIn({{"SLURM_JOB_ID", "90"}, {"SLURM_ARRAY_JOB_ID", "90"}, {"SLURM_ARRAY_TASK_ID", "0"}}) ==
      "90_0");
  CHECK(jobIn({{"PBS_JOBID", "90[3].head"}}) == "90[3].head");
  CHECK(jobIn({{"LSB_JOBID", "90"}, {"LSB_JOBINDEX", "3"}}) == "90[3]");
  CHECK(jobIn({{"LSB_JOBID", "90"}, {"LSB_JOBINDEX", "0"}}) == "90");
  CHECK(jobIn({{"JOB_ID", "90"}, {"SGE_TASK_ID", "3"}}) == "90.3");
  CHECK(jobIn({{"JOB_ID", "90"}, {"SGE_TASK_ID", "undefined"}}) == "90");
}

TEST_CASE("a batch system tells how many CPUs it gave") {
  CHECK(cpusIn({}) == 0);
  CHECK(cpusIn({{"SLURM_CPUS_PER_TASK", "8"}}) == 0);  // No job: the user has set it by hand.
  CHECK(cpusIn({{"SLURM_JOB_ID", "1"}}) == 0);
  CHECK(cpusIn({{"SLURM_JOB_ID", "1"}, {"SLURM_CPUS_PER_TASK", "8"}}) == 8);
  CHECK(cpusIn({{"SLURM_JOB_ID", "1"}, {"SLURM_CPUS_PER_TASK", "8x"}}) == 0);
  CHECK(cpusIn({{"PBS_JOBID", "1"}, {"NCPUS", "4"}}) == 4);
  CHECK(cpusIn({{"PBS_JOBID", "1"}, {"PBS_NUM_PPN", "6"}}) == 6);
  CHECK(cpusIn({{"LSB_JOBID", "1"}, {"LSB_MCPU_HOSTS", "node1 4 node2 16 "}}) == 16);
  CHECK(cpusIn({{"LSB_JOBID", "1"}, {"LSB_MCPU_HOSTS", "node1 4"}}) == 0);
  CHECK(cpusIn({{"JOB_ID", "1"}, {"NSLOTS", "3"}}) == 3);
}

constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};

BatchEnd endIn(const std::map<std::string, std::string>& values) {
  Environment environment(values);
  return batchEnd(kNow);
}

TEST_CASE("a batch job's end is Slurm's, or else what its script says") {
  using std::chrono::seconds;
  CHECK_FALSE(endIn({}).timeLeft);
  CHECK(endIn({{"PI_END_TIME", "1700000060"}}).timeLeft == seconds(60));
  CHECK(endIn({{"SLURM_JOB_END_TIME", "1700000030"}, {"PI_END_TIME", "1700000060"}}).timeLeft ==
        seconds(30));
  CHECK(endIn({{"SLURM_JOB_END_TIME", ""}, {"PI_END_TIME", "1700000060"}}).timeLeft == seconds(60));
  CHECK(endIn({{"PI_END_TIME", "1700000060"}}).warning.empty());
}

TEST_CASE("an end that is no time is unknown, with a warning that names the variable") {
  for (const char* wrong : {"soon", "12:00", "1700000060.5", " 1700000060", "0", "-5",
                            "99999999999999999999", "Unknown"}) {
    CAPTURE(wrong);
    BatchEnd end = endIn({{"SLURM_JOB_END_TIME", wrong}});
    CHECK_FALSE(end.timeLeft);
    CHECK(end.warning.starts_with("SLURM_JOB_END_TIME is \"" + std::string(wrong) + "\""));
    CHECK(endIn({{"PI_END_TIME", wrong}}).warning.starts_with("PI_END_TIME is "));
  }
}

TEST_CASE("an end in the past is said, with the variable and a remedy") {
  for (const char* past : {"1", "1700000000", "1699999000"}) {
    CAPTURE(past);
    BatchEnd end = endIn({{"PI_END_TIME", past}});
    REQUIRE(end.timeLeft);
    CHECK(*end.timeLeft <= Duration::zero());
    CHECK(end.warning.starts_with("PI_END_TIME is " + std::string(past)));
    CHECK(end.warning.find("unset the variable") != std::string::npos);
  }
}

TEST_CASE("an end in the far future, as of a job without a limit, is none") {
  for (const char* far : {"4294967295", "9223372036854775807"}) {
    CAPTURE(far);
    CHECK_FALSE(endIn({{"SLURM_JOB_END_TIME", far}}).timeLeft);
    CHECK(endIn({{"SLURM_JOB_END_TIME", far}}).warning.empty());
  }
}

}  // namespace
}  // namespace pi::worker
