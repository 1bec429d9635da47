// A cluster in one process: the real cores with a fake clock, network, disk and threads, and faults
// that a seed draws.  The same plan always plays the same story.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/job.h"
#include "common/model/worker_info.h"
#include "tests/simulation/counts.h"
#include "tests/simulation/efficiency.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/trace.h"

namespace pi::simulation {

struct Outcome {
  // Empty if the story ended well; else the first violation.
  std::string wrong;
  std::vector<JobInfo> jobs;  // All that ended, and those that the scheduler has.
  std::vector<WorkerInfo> workers;
  std::uint64_t steps = 0;
  std::uint64_t crashes = 0;  // The scheduler died.
  std::uint64_t stops = 0;    // The scheduler exited with everything committed.
  Counts counts;
  Duration elapsed{};
  Efficiency efficiency;
};

// Plays the story until every job is over, something is wrong, or it has too many steps.
Outcome simulate(const Plan& plan, Trace& trace);
Outcome simulate(const Plan& plan);

}  // namespace pi::simulation
