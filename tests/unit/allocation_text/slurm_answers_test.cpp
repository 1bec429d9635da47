// The texts are those of Slurm 22.05.
#include "scheduler/allocation/text/slurm_answers.h"

#include <doctest/doctest.h>

#include <map>

#include "scheduler/allocation/text/slurm_states.h"

namespace pi::allocation {
namespace {

using namespace std::chrono_literals;
using enum BatchState;

BatchStatus only(const SlurmList& list) {
  REQUIRE(list.jobs.size() == 1);
  return list.jobs.front();
}

BatchStatus jobIn(const std::string& state, const std::string& reason = "None") {
  return only(readList("7|" + state + "|1795810638|0|" + reason + "|pi-1|\n"));
}

}  // namespace

TEST_CASE("sbatch prints the id of the job, with its cluster where there are several") {
  CHECK(jobIdIn("4711\n") == "4711");
  CHECK(jobIdIn("4711;mars\n") == "4711");
  CHECK(jobIdIn("4711") == "4711");
  CHECK(jobIdIn("Welcome to mars, 12 nodes are free\n4711\n") == "4711");
}

TEST_CASE("an answer without an id is none") {
  for (const char* output : {"", "\n", "Submitted batch job 4711\n", "-1\n", "47 11\n", "4711x\n",
                             ";mars\n", "999999999999999999999999\n"}) {
    CAPTURE(output);
    CHECK(jobIdIn(output) == std::nullopt);
  }
}

TEST_CASE("a list has the jobs of this user in every state") {
  SlurmList list = readList(
      "3|COMPLETED|1795810638|0|None|pi-a-3|\n"
      "1|FAILED|1795810638|256|NonZeroExitCode|pi-a-1|\n"
      "2|FAILED|1795810638|9|JobLaunchFailure|pi-a-2|\n"
      "6|PENDING|N/A|0|JobHeldUser|arr|\n"
      "2|PENDING|1795810328|0|Resources|pi-abc-1-2|\n"
      "7|RUNNING|1795810638|0|None|pi-a-4|\n");

  REQUIRE(list.jobs.size() == 6);
  CHECK(list.unknownStates.empty());
  CHECK(list.jobs[0] ==
        BatchStatus{.name = "pi-a-3", .id = "3", .state = kEnded, .reason = "its worker left"});
  CHECK(list.jobs[1] == BatchStatus{.name = "pi-a-1",
                                    .id = "1",
                                    .state = kEnded,
                                    .reason = "it failed with exit code 1",
                                    .hasFailed = true});
  CHECK(list.jobs[2].reason == "signal 9 ended it");
  CHECK(list.jobs[3].estimatedStart == std::nullopt);
  CHECK(list.jobs[4] == BatchStatus{.name = "pi-abc-1-2",
                                    .id = "2",
                                    .state = kPending,
                                    .reason = "Resources",
                                    .estimatedStart = WallTime(1795810328s)});
  CHECK(list.jobs[5] == BatchStatus{.name = "pi-a-4", .id = "7", .state = kRunning});
}

TEST_CASE("every state of Slurm has its meaning") {
  const std::map<std::string, BatchState> states{
      {"BOOT_FAIL", kEnded},      {"CANCELLED", kEnded},     {"COMPLETED", kEnded},
      {"CONFIGURING", kRunning},  {"COMPLETING", kEnding},   {"DEADLINE", kEnded},
      {"FAILED", kEnded},         {"NODE_FAIL", kEnded},     {"OUT_OF_MEMORY", kEnded},
      {"PENDING", kPending},      {"PREEMPTED", kEnded},     {"RUNNING", kRunning},
      {"REQUEUED", kPending},     {"REQUEUE_FED", kPending}, {"REQUEUE_HOLD", kPending},
      {"RESIZING", kRunning},     {"REVOKED", kEnded},       {"SIGNALING", kRunning},
      {"SPECIAL_EXIT", kPending}, {"STAGE_OUT", kEnding},    {"STOPPED", kRunning},
      {"SUSPENDED", kRunning},    {"TIMEOUT", kEnded}};
  CHECK(states.size() == 23);
  for (const auto& [name, state] : states) {
    CAPTURE(name);
    BatchStatus status = jobIn(name);
    CHECK(isKnownState(name));
    CHECK(status.state == state);
    bool isSuspended = name == "STOPPED" || name == "SUSPENDED";
    CHECK((status.halt == Halt::kBooting) == (name == "CONFIGURING"));
    CHECK((status.halt == Halt::kSuspended) == isSuspended);
    bool works = state == kRunning && status.halt == Halt::kNone;
    CHECK(status.reason.empty() == (works || state == kEnding || name == "PENDING"));
    bool mayHaveFailed =
        name == "BOOT_FAIL" || name == "FAILED" || name == "NODE_FAIL" || name == "OUT_OF_MEMORY";
    CHECK(status.hasFailed == mayHaveFailed);
    CHECK(status.estimatedStart.has_value() == (name == "PENDING"));
  }
}

TEST_CASE("nothing is concluded from a state that this program does not know") {
  SlurmList list = readList(
      "7|DREAMING|1795810638|0|None|pi-1|\n"
      "8|DREAMING|1795810638|0|None|pi-2|\n");
  CHECK(list.unknownStates == std::vector<std::string>{"DREAMING"});
  REQUIRE(list.jobs.size() == 2);
  CHECK(list.jobs[0] == BatchStatus{.name = "pi-1",
                                    .id = "7",
                                    .state = kUnknown,
                                    .reason = "Slurm's state DREAMING, which this program does "
                                              "not know"});
}

TEST_CASE("a job that can never start says what to change") {
  CHECK(jobIn("PENDING", "PartitionTimeLimit").reason ==
        "PartitionTimeLimit: use a shorter --worker-time-limit");
  CHECK(jobIn("PENDING",
              "Job's account not known, so it can't use this partition (closed allows "
              "other)")
            .reason ==
        "Job's account not known, so it can't use this partition (closed allows other): correct "
        "--account, --qos or --partition in --elastic");
  CHECK(jobIn("PENDING", "job requeued in held state").reason.find("scontrol release") !=
        std::string::npos);
  CHECK(jobIn("PENDING", "Priority").reason == "Priority");
}

TEST_CASE("a worker that found no scheduler says so by its exit code") {
  auto reasonOf = [](int waitStatus) {
    return only(readList("7|FAILED|1|" + std::to_string(waitStatus) + "|NonZeroExitCode|pi-1|\n"))
        .reason;
  };
  CHECK(reasonOf(3 << 8) == "its worker did not reach the scheduler (exit code 3)");
  CHECK(reasonOf(4 << 8) == "the scheduler refused its worker's key (exit code 4)");
  CHECK(reasonOf(0) == "it failed");
  CHECK(jobIn("FAILED", "BadConstraints").reason == "it failed: BadConstraints");
}

TEST_CASE("a name is taken as it is, and other lines are left out") {
  SlurmList list = readList(
      "CLUSTER: mars\n"
      "\n"
      "8|RUNNING|1795810638|0|None|new\n"
      "line|\n"
      "4|PENDING|N/A|0|PartitionTimeLimit|a|b c|\n"
      "x|PENDING|N/A|0|None|a|\n"
      "9||N/A|0|None|a|\n"
      "5|RUNNING");
  CHECK(only(list).name == "a|b c");
  CHECK(only(list).id == "4");
}

TEST_CASE("times that are none do no harm") {
  for (const char* start :
       {"N/A", "Unknown", "", "-5", "0", "2026-11-27T20:12:08", "99999999999999"}) {
    CAPTURE(start);
    CHECK(only(readList("7|PENDING|" + std::string(start) + "|0|None|a|\n")).estimatedStart ==
          std::nullopt);
  }
}

TEST_CASE("scontrol says why a job ended a short time ago") {
  auto status = jobInScontrol(
      "JobId=16 JobName=pi-a-16 UserId=root(0) GroupId=root(0) MCS_label=N/A Priority=4294901747 "
      "Nice=0 Account=(null) QOS=(null) JobState=FAILED Reason=NonZeroExitCode Dependency=(null) "
      "Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=3:0 RunTime=00:00:00 "
      "TimeLimit=UNLIMITED\n");
  REQUIRE(status);
  CHECK(*status == BatchStatus{.name = "pi-a-16",
                               .id = "16",
                               .state = kEnded,
                               .reason = "its worker did not reach the scheduler (exit code 3)",
                               .hasFailed = true});
  CHECK(jobInScontrol("") == std::nullopt);
  CHECK(jobInScontrol("No jobs in the system\n") == std::nullopt);
  CHECK(jobInScontrol("JobId=16 JobName=a JobState=DREAMING Reason=None\n") == std::nullopt);
}

TEST_CASE("sacct says why a job of the past ended") {
  auto status = jobInSacct("16|CANCELLED by 1000|0:0|pi-a-16\n");
  REQUIRE(status);
  CHECK(*status ==
        BatchStatus{.name = "pi-a-16", .id = "16", .state = kEnded, .reason = "it was cancelled"});
  CHECK(jobInSacct("16|FAILED|0:9|pi-a-16\n")->reason == "signal 9 ended it");
  CHECK(jobInSacct("16|NODE_FAIL|0:0|pi-a-16\n")->hasFailed);
  CHECK(jobInSacct("") == std::nullopt);
  CHECK(jobInSacct("Slurm accounting storage is disabled\n") == std::nullopt);
}

}  // namespace pi::allocation
