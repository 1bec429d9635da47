// When a job is finished.
#pragma once

#include <cstdint>

#include "common/model/job.h"
#include "scheduler/core/progress.h"

namespace pi::scheduler {

// A goal says, from what is counted, how many samples the job needs and whether it is finished. The
// rest of the scheduler asks it after each counted tally and knows no kind of job.  Today there is
// one goal: a fixed number of samples.  A goal that depends on the result (an error bound, checked
// at fixed prefixes so that it does not depend on the order of tallies) answers with more samples.
class Goal {
 public:
  explicit Goal(const JobSpec& spec) : samples_(spec.samples) {}

  struct Step {
    // Samples [0, samples) are needed, as far as is known.  Never falls.
    std::uint64_t samples = 0;
    bool isReached = false;  // The job is finished.
  };
  Step after(const Progress& progress) const {
    return {.samples = samples_, .isReached = progress.samples() >= samples_};
  }

 private:
  std::uint64_t samples_;
};

}  // namespace pi::scheduler
