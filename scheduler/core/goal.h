// Decides when a job is finished.
#pragma once

#include <cstdint>

#include "common/model/job.h"
#include "scheduler/core/progress.h"

namespace pi::scheduler {

struct GoalStep {
  // Samples [0, samples) are needed, as far as is known.  Never falls while a job progresses.
  std::uint64_t samples = 0;
  bool isReached = false;  // The job is finished.
  bool isMissed = false;   // It is finished without the precision that was asked for.
};

// A goal is a pure function of what the user asked for and of what is counted, so nothing of it has
// to be saved.  It is asked after each counted tally, and no other part of the scheduler knows what
// makes a job finished.  A goal that depends on the result, such as an error bound, must look only
// at fixed prefixes of the samples, so that it does not depend on the order of tallies.
using Goal = GoalStep (*)(const JobSpec& spec, const Progress& progress);

// The number of samples that the user asked for; or of a job with a target error, the first of its
// prefixes (common/model/target.h) with at most this error, or the last.
GoalStep goalOf(const JobSpec& spec, const Progress& progress);

// The same, with another rule for what is precise enough.  `progress` has the samples of a prefix.
using IsPrecise = bool (*)(const JobSpec& spec, const Progress& progress);
GoalStep goalOf(const JobSpec& spec, const Progress& progress, IsPrecise isPrecise);

// Why a finished job has not reached its target.
inline constexpr const char* kMissedText =
    "the target error is not reached with the largest number of samples that was allowed; submit "
    "it "
    "again with a larger --max-samples, or extend it with pi-client extend";

// The goal of every job, unless a test sets another one.
inline constexpr Goal kGoal = goalOf;

// The samples that a job needs at first, when nothing of it is counted.
std::uint64_t samplesAtFirst(Goal goal, const JobSpec& spec);

}  // namespace pi::scheduler
