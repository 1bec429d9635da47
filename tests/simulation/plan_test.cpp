#include "tests/simulation/plan.h"

#include <doctest/doctest.h>

#include "tests/simulation/shrink.h"
#include "tests/simulation/simulate_options.h"

namespace pi::simulation {
namespace {

Options parse(const std::string& text) {
  std::vector<std::string> words{"simulate"};
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::vector<char*> pointers;
  pointers.reserve(words.size());
  for (std::string& word : words) pointers.push_back(word.data());
  std::string error;
  std::optional<Options> options =
      parseOptions(static_cast<int>(pointers.size()), pointers.data(), error);
  REQUIRE_MESSAGE(options, error);
  return *options;
}

TEST_CASE("a fault that is left out does not change the other entries of a plan") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Plan whole = drawPlan(seed);
    Plan part = whole;
    Omission omission{.faults = {2, 5}, .jobs = {1}};
    omission.kinds.add(Fault::kCrashScheduler);
    leaveOut(part, omission);

    REQUIRE(part.faults.size() == whole.faults.size());
    for (std::size_t i = 0; i < whole.faults.size(); ++i) {
      bool isOff = i == 1 || i == 4 || whole.faults[i].fault == Fault::kCrashScheduler;
      CHECK(part.faults[i].isOff == isOff);
      CHECK(part.faults[i].at == whole.faults[i].at);
      CHECK(part.faults[i].fault == whole.faults[i].fault);
      CHECK(part.faults[i].worker == whole.faults[i].worker);
    }
    CHECK(part.jobs[0].isOff);
    CHECK(part.workers.size() == whole.workers.size());
  }
}

TEST_CASE("a plan shows each fault that is on, with its number, its time and its target") {
  Plan plan{.workers = {{}, {}}, .workersAtStart = 2};
  plan.on = FaultSet::all();
  plan.faults = {{.at = std::chrono::milliseconds(500), .fault = Fault::kKillWorker, .worker = 1},
                 {.at = std::chrono::seconds(2), .fault = Fault::kLoseState, .isOff = true}};
  std::string text = describe(plan);
  CHECK(text.find("  fault 1 at 0.5 s: kill-worker worker 2\n") != std::string::npos);
  CHECK(text.find("lose-state") == std::string::npos);
}

TEST_CASE("the arguments that a failure prints leave out what they name") {
  Omission omission{.faults = {1, 2, 3, 7}, .jobs = {4}};
  omission.kinds.add(Fault::kLoseAnswer);
  std::string arguments = replayArguments(42, Profile::kReconnects, omission);
  CHECK(arguments ==
        "--seed 42 --profile reconnects --without-job 4 --without-event 1-3,7 "
        "--without lose-answer");

  Options options = parse(arguments);
  CHECK(options.from == 42);
  CHECK(options.seeds == 1);
  CHECK(options.profile == Profile::kReconnects);
  CHECK(options.without.faults == omission.faults);
  CHECK(options.without.jobs == omission.jobs);
  CHECK(options.without.kinds.has(Fault::kLoseAnswer));
  CHECK(!options.without.kinds.has(Fault::kLieAgain));
}

TEST_CASE("one name leaves out all kinds of faults that are not planned") {
  Options options = parse("--seed 1 --without unplanned --without kill-worker");
  CHECK(replayArguments(1, options.profile, options.without) ==
        "--seed 1 --without unplanned --without kill-worker");
  for (const FaultKind& kind : kFaultKinds) {
    CAPTURE(kind.name);
    bool isOut = !kind.isPlanned() || kind.fault == Fault::kKillWorker;
    CHECK(options.without.kinds.has(kind.fault) == isOut);
  }
}

TEST_CASE("shrinking leaves exactly the entries that a failure needs") {
  Plan plan = drawPlan(1);
  plan.jobs.resize(4);
  plan.faults.resize(17);
  auto fails = [](const Omission& without) {
    return !without.faults.contains(3) && !without.faults.contains(11) &&
           !without.jobs.contains(2) && !without.kinds.has(Fault::kMuteListener);
  };
  Omission smallest = shrink(plan, {}, fails);

  CHECK(fails(smallest));
  CHECK(smallest.faults.size() == 15);
  CHECK(smallest.jobs == std::set<std::size_t>{1, 3, 4});
  for (const FaultKind& kind : kFaultKinds) {
    CAPTURE(kind.name);
    bool isNeeded = kind.isPlanned() || kind.fault == Fault::kMuteListener;
    CHECK(smallest.kinds.has(kind.fault) == !isNeeded);
  }
}

}  // namespace
}  // namespace pi::simulation
