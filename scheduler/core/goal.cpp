#include "scheduler/core/goal.h"

#include <algorithm>

#include "common/model/estimate.h"
#include "common/model/target.h"

namespace pi::scheduler {
namespace {

// Whether the counted samples have at most the target error.
bool hasTargetError(const JobSpec& spec, const Progress& progress) {
  JobInfo counted{.spec = {.stream = spec.stream, .targetError = spec.targetError}};
  counted.samplesCounted = progress.samples();
  counted.hits = progress.hits();
  counted.stratumSamples = progress.stratumSamples();
  return isTargetReached(counted).value_or(false);
}

}  // namespace

GoalStep goalOf(const JobSpec& spec, const Progress& progress) {
  return goalOf(spec, progress, hasTargetError);
}

GoalStep goalOf(const JobSpec& spec, const Progress& progress, IsPrecise isPrecise) {
  std::uint64_t prefix = firstPrefix(spec);
  // More samples than the job may have are counted only in a damaged store.
  while (prefix < std::min(progress.samples(), spec.samples)) prefix = nextPrefix(spec, prefix);
  if (progress.samples() < prefix) return {.samples = prefix};
  bool isEnough = spec.targetError <= 0 || isPrecise(spec, progress);
  if (isEnough || prefix == spec.samples) {
    return {.samples = prefix, .isReached = true, .isMissed = !isEnough};
  }
  return {.samples = nextPrefix(spec, prefix)};
}

std::uint64_t samplesAtFirst(Goal goal, const JobSpec& spec) {
  return goal(spec, Progress(spec.stream, 0, spec.chunkSize)).samples;
}

}  // namespace pi::scheduler
