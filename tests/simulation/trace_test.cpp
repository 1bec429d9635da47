#include "tests/simulation/trace.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/simulation/simulation.h"

namespace pi::simulation {
namespace {

std::string keptBy(const Trace& trace) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* memory = open_memstream(&text, &size);
  trace.printKept(memory);
  std::fclose(memory);
  std::string kept(text, size);
  std::free(text);
  return kept;
}

TEST_CASE("a trace keeps the last 200 lines") {
  Trace trace(Trace::Mode::kKeep);
  for (int i = 1; i <= 300; ++i) trace.add(Instant{}, "worker 1", "line " + std::to_string(i));
  std::string kept = keptBy(trace);
  CHECK(std::ranges::count(kept, '\n') == 200);
  CHECK(kept.find("line 100\n") == std::string::npos);
  CHECK(kept.find("line 101\n") != std::string::npos);
  CHECK(kept.ends_with("line 300\n"));
}

TEST_CASE("a trace shows the event during which the process ends") {
  Trace trace(Trace::Mode::kKeep);
  trace.add(Instant{}, "worker 1", "Reached");
  trace.begin(Instant{}, "scheduler", "Tick");
  CHECK(keptBy(trace) ==
        "    0.000000  worker 1    Reached\n"
        "    0.000000  scheduler   Tick  => (the process ended here)\n");
}

TEST_CASE("a trace shows an event with its node, its actions, and the state that changed") {
  Trace trace(Trace::Mode::kKeep);
  JobSpec job{.samples = 1000, .chunkSize = 100};
  simulate(planOf({.job = job, .samplesPerSecond = {1'000'000}}, 1), trace);
  std::string kept = keptBy(trace);
  CHECK(kept.find("worker 1    Connected  => Join\n") != std::string::npos);
  CHECK(kept.find("scheduler   WorkerJoined worker 0.1 1000000 samples/s  => Welcome worker 0.1  | "
                  "worker 0.1: new\n") != std::string::npos);
  CHECK(kept.find("scheduler   Committed  => AnnounceEnd job 1 finished 1000 samples") !=
        std::string::npos);
}

TEST_CASE("a trace does not change the story") {
  Trace trace(Trace::Mode::kKeep);
  Outcome traced = simulate(drawPlan(7), trace);
  Outcome quiet = simulate(drawPlan(7));
  CHECK(traced.steps == quiet.steps);
  CHECK(traced.jobs == quiet.jobs);
}

}  // namespace
}  // namespace pi::simulation
