// When a job is finished.
#pragma once

#include <cstdint>

#include "common/model/job.h"
#include "scheduler/core/progress.h"

namespace pi::scheduler {

struct GoalStep {
  // Samples [0, samples) are needed, as far as is known.  Never falls while a job progresses.
  std::uint64_t samples = 0;
  bool isReached = false;  // The job is finished.
};

// A goal is a pure function of what the user asked for and of what is counted, so nothing of it has
// to be saved.  It is asked after each counted tally, and no other part of the scheduler knows what
// makes a job finished.  A goal that depends on the result, such as an error bound, must look only
// at fixed prefixes of the samples, so that it does not depend on the order of tallies.
using Goal = GoalStep (*)(const JobSpec& spec, const Progress& progress);

// The goal of every job today: the number of samples that the user asked for.
inline GoalStep fixedSamples(const JobSpec& spec, const Progress& progress) {
  return {.samples = spec.samples, .isReached = progress.samples() >= spec.samples};
}

// The goal of every job, unless a test sets another one.
inline constexpr Goal kGoal = fixedSamples;

// The samples that a job needs at first, when nothing of it is counted.
inline std::uint64_t samplesAtFirst(Goal goal, const JobSpec& spec) {
  return goal(spec, Progress(spec.stream, 0, spec.chunkSize)).samples;
}

}  // namespace pi::scheduler
