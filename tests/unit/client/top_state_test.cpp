#include <doctest/doctest.h>

#include "client/top/state.h"
#include "tests/unit/model/sample_jobs.h"

namespace pi::client::top {
namespace {

JobInfo named(JobInfo job, std::uint64_t id, const char* name) {
  job.id = JobId{id};
  job.spec.name = name;
  return job;
}

// Jobs 1 (finished, "alpha"), 2 (running, "beta"), 3 (queued, "gamma"); workers 1 and 2.
State sample() {
  State state;
  state.last.jobs = {named(finishedJob(), 1, "alpha"), named(runningJob(), 2, "beta"),
                     named(queuedJob(), 3, "gamma")};
  WorkerInfo fast = activeWorker();
  fast.id = WorkerId{2};
  fast.profile.name = "node-2";
  fast.samplesPerSecond *= 2;
  WorkerInfo slow = activeWorker();
  slow.id = WorkerId{1};
  slow.state = WorkerState::kSilent;
  state.last.workers = {slow, fast};
  state.last.log = {{.number = 1, .level = "info", .text = "one"},
                    {.number = 2, .level = "info", .text = "two"}};
  return state;
}

Wish type(State& state, const std::string& text) {
  Wish last;
  for (char c : text) last = handle(state, {.text = std::string(1, c)});
  return last;
}

std::vector<std::uint64_t> shownIds(const State& state) {
  std::vector<std::uint64_t> ids;
  for (const JobInfo* job : shownJobs(state)) ids.push_back(number(job->id));
  return ids;
}

using Ids = std::vector<std::uint64_t>;

TEST_CASE("jobs are shown in the order of the user, the running ones first at the start") {
  State state = sample();
  CHECK(shownIds(state) == Ids{2, 3, 1});
  type(state, "s");
  CHECK(state.jobOrder == JobOrder::kNewest);
  CHECK(shownIds(state) == Ids{3, 2, 1});
  type(state, "s");
  CHECK(shownIds(state) == Ids{1, 2, 3});  // By progress.
  type(state, "s");
  CHECK(shownIds(state) == Ids{2, 3, 1});  // By rate.
  type(state, "s");
  CHECK(shownIds(state) == Ids{1, 2, 3});  // By name.
  type(state, "r");
  CHECK(shownIds(state) == Ids{3, 2, 1});
  type(state, "rs");
  CHECK(state.jobOrder == JobOrder::kState);
}

TEST_CASE("jobs that are counted by nets are apart when jobs are sorted by rate") {
  State state = sample();
  state.jobOrder = JobOrder::kRate;
  for (JobInfo& job : state.last.jobs) job.samplesPerSecond = 1'000'000;
  JobInfo& nets = state.last.jobs[2];
  nets.spec.stream.sampler = Sampler::kSobol;
  nets.spec.samples = std::uint64_t{1} << 40;
  nets.samplesPerSecond = 1;

  CHECK(shownIds(state) == Ids{3, 2, 1});
}

TEST_CASE("sorting concerns the panel that the keys are for") {
  State state = sample();
  CHECK(shownWorkers(state)[0]->id == WorkerId{1});
  handle(state, {.key = Key::kTab});
  type(state, "s");
  CHECK(state.jobOrder == JobOrder::kState);
  CHECK(shownWorkers(state)[0]->state == WorkerState::kSilent);
  type(state, "s");
  CHECK(shownWorkers(state)[0]->id == WorkerId{2});  // By rate.
  handle(state, {.key = Key::kTab});
  type(state, "sr");
  CHECK(state.workerOrder == WorkerOrder::kRate);
  handle(state, {.key = Key::kTab});
  CHECK(state.panel == Panel::kJobs);
}

TEST_CASE("the selection is a job, wherever it moves in the list") {
  State state = sample();
  CHECK(selectedJob(state)->id == JobId{2});
  handle(state, {.key = Key::kDown});
  CHECK(selectedJob(state)->id == JobId{3});
  type(state, "s");  // The newest first: the selected one moves to the top.
  CHECK(selectedJob(state)->id == JobId{3});
  CHECK(selectedJobAt(state) == 0);
  handle(state, {.key = Key::kUp});
  CHECK(selectedJob(state)->id == JobId{3});
  handle(state, {.key = Key::kEnd});
  CHECK(selectedJob(state)->id == JobId{1});
  handle(state, {.key = Key::kDown});
  CHECK(selectedJob(state)->id == JobId{1});
  handle(state, {.key = Key::kHome});
  type(state, "jk");
  CHECK(selectedJob(state)->id == JobId{3});
  state.last.jobs.pop_back();  // The scheduler has forgotten it.
  CHECK(selectedJob(state)->id == JobId{2});
  state.last.jobs.clear();
  CHECK(selectedJob(state) == nullptr);
  handle(state, {.key = Key::kDown});
}

TEST_CASE("the filter finds names, numbers, states and hosts in any case, and Esc removes it") {
  State state = sample();
  type(state, "/BET");
  CHECK(shownIds(state) == Ids{2});
  CHECK(shownWorkers(state).empty());
  handle(state, {.key = Key::kEnter});
  type(state, "s");  // No part of the text any longer.
  CHECK(state.filter == "BET");
  handle(state, {.key = Key::kEscape});
  CHECK(shownIds(state).size() == 3);
  type(state, "/queued");
  CHECK(shownIds(state) == Ids{3});
  handle(state, {.key = Key::kEscape});
  CHECK_FALSE(state.isTypingFilter);
  type(state, "/node-2");
  CHECK(shownWorkers(state).size() == 1);
}

TEST_CASE("Backspace removes a whole character from the filter") {
  State state = sample();
  type(state, "/a");
  handle(state, {.text = "é"});
  handle(state, {.text = "語"});
  handle(state, {.key = Key::kBackspace});
  handle(state, {.key = Key::kBackspace});
  CHECK(state.filter == "a");
  handle(state, {.key = Key::kBackspace});
  handle(state, {.key = Key::kBackspace});
  CHECK(state.filter.empty());
  CHECK(state.isTypingFilter);
}

TEST_CASE(
    "a job is cancelled only if the next key is a yes, and it is the one that was asked for") {
  State state = sample();
  CHECK(std::holds_alternative<std::monostate>(type(state, "c")));
  CHECK(state.askedCancel == JobId{2});
  CHECK(std::holds_alternative<std::monostate>(type(state, "n")));
  CHECK_FALSE(state.askedCancel);
  CHECK(std::holds_alternative<std::monostate>(type(state, "y")));
  type(state, "c");
  state.last.jobs[2].state = JobState::kRunning;  // Job 3 is shown first now.
  Wish wish = type(state, "y");
  REQUIRE(std::holds_alternative<Cancel>(wish));
  CHECK(std::get<Cancel>(wish).job == JobId{2});
  CHECK(std::get<Cancel>(wish).uid == state.last.jobs[1].uid);
  type(state, "c");
  state.last.jobs.clear();
  CHECK(std::holds_alternative<std::monostate>(type(state, "y")));
}

TEST_CASE("a job that is over is not cancelled, and nothing is asked") {
  State state = sample();
  state.job = JobId{1};
  type(state, "c");
  CHECK_FALSE(state.askedCancel);
  CHECK(state.notice == "job 1 is over");
  handle(state, {.key = Key::kDown});
  CHECK(state.notice.empty());
  state.last.jobs.clear();
  type(state, "c");
  CHECK(state.notice == "no job is selected");
}

TEST_CASE("the log scrolls back and to its end") {
  State state = sample();
  state.panel = Panel::kLog;
  handle(state, {.key = Key::kUp});
  CHECK(state.linesBack == 1);
  handle(state, {.key = Key::kPageUp});
  CHECK(state.linesBack == 1);
  handle(state, {.key = Key::kEnd});
  CHECK(state.linesBack == 0);
  handle(state, {.key = Key::kHome});
  handle(state, {.key = Key::kEscape});
  CHECK(state.linesBack == 0);
}

TEST_CASE("q leaves, except where it is text") {
  State state = sample();
  CHECK(std::holds_alternative<Leave>(type(state, "q")));
  CHECK(std::holds_alternative<std::monostate>(type(state, "/q")));
  handle(state, {.key = Key::kEnter});
  type(state, "?");
  CHECK(state.isHelpOpen);
  CHECK(std::holds_alternative<std::monostate>(type(state, "q")));  // Closes the help.
  CHECK_FALSE(state.isHelpOpen);
}

}  // namespace
}  // namespace pi::client::top
