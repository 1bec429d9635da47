// The work and time that a story cost, compared with what it needed, and the bounds of both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/plan.h"

namespace pi::simulation {

struct World;

struct Efficiency {
  std::uint64_t samplesComputed = 0;  // By all workers, counted or not.
  std::uint64_t costComputed = 0;     // The same, in units of cost.
  std::uint64_t samplesCounted = 0;   // In all jobs.
  // Computed in vain, as seconds of work of all workers together.  Samples that were counted and
  // lost with the state directory are not in it.
  double wastedSeconds = 0;
  std::uint64_t faults = 0;  // Planned faults that struck.
  // To the end of the story, beyond what the workers of the start need if nothing goes wrong.
  double delaySeconds = 0;
  // From the end of the faults to the end of the story, beyond what the healthy workers need for
  // the samples that were left; nothing if the story ended before.
  std::optional<double> lateSeconds{};
  // The longest that a scheduler waits for a worker that is gone or does nothing.
  double timeoutSeconds = 0;
  double stretch = 1;  // How many times as long as configured the times of workers can be.
};

// The cost of what is counted of a job, if it were counted in one piece.
std::uint64_t costCountedOf(const JobInfo& job, const BlockRule& rule);

Efficiency efficiencyOf(const World& world);

// The violation if a story wastes more work, or ends later, than any did; else empty.
std::string excessOf(const Efficiency& efficiency);

}  // namespace pi::simulation
