#include "tests/simulation/simulation.h"

#include "tests/simulation/world.h"

namespace pi::simulation {
namespace {

constexpr std::uint64_t kStepsMax = 1'000'000;

bool isOver(const World& world) {
  return world.clients.areAllAnswered() && world.scheduler.core() != nullptr &&
         world.scheduler.core()->unfinishedJobs() == 0;
}

void start(World& world) {
  world.scheduler.start();
  for (std::size_t i = 0; i < world.plan.workersAtStart; ++i) world.startWorker(i);
  world.clients.start();
  world.saboteur.start();
}

Outcome outcomeOf(World& world, std::uint64_t steps) {
  Outcome outcome;
  outcome.jobs = world.allJobs();
  outcome.steps = steps;
  if (world.scheduler.core() != nullptr) {
    outcome.workers = world.scheduler.core()->workers(world.now());
  }
  outcome.crashes = world.scheduler.crashes();
  outcome.stops = world.scheduler.stops();
  outcome.counts = world.counts;
  outcome.counts.metrics = world.scheduler.metrics();
  outcome.counts.leaseEnds = world.scheduler.leaseEnds();
  outcome.elapsed = world.now().time_since_epoch();
  outcome.efficiency = efficiencyOf(world);
  for (const JobInfo& job : outcome.jobs) world.judge.checkResult(job);
  if (std::string excess = excessOf(outcome.efficiency); !excess.empty()) world.judge.fail(excess);
  outcome.wrong = world.judge.wrong();
  return outcome;
}

}  // namespace

Outcome simulate(const Plan& plan, Trace& trace) {
  World world(plan, trace);
  start(world);
  std::uint64_t steps = 0;
  while (steps < kStepsMax && world.judge.wrong().empty() && !isOver(world)) {
    if (!world.timeline.step()) break;
    ++steps;
  }
  if (!isOver(world)) world.judge.fail("it does not come to an end");
  return outcomeOf(world, steps);
}

Outcome simulate(const Plan& plan) {
  Trace trace;
  return simulate(plan, trace);
}

}  // namespace pi::simulation
