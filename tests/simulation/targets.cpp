#include "tests/simulation/targets.h"

#include "tests/simulation/oracle.h"
#include "tests/simulation/random.h"

namespace pi::simulation {
namespace {

bool isPrecise(const JobSpec& spec, const scheduler::Progress& progress) {
  Random random(spec.stream.seed ^ progress.samples(), Random::Purpose::kTarget,
                progress.hits().total());
  return random.chance(0.5);
}

}  // namespace

scheduler::GoalStep simulatedGoal(const JobSpec& spec, const scheduler::Progress& progress) {
  return scheduler::goalOf(spec, progress, isPrecise);
}

std::uint64_t finalSamples(const JobSpec& spec) {
  scheduler::Progress progress(spec.stream, spec.samples, spec.chunkSize);
  while (true) {
    scheduler::GoalStep step = simulatedGoal(spec, progress);
    if (step.isReached) return step.samples;
    SampleRange next{.begin = progress.samples(), .end = step.samples};
    progress.add({.range = next, .hits = oracleHits(spec.stream, next)});
  }
}

}  // namespace pi::simulation
