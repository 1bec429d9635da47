// A story of elastic workers: a storm, an hour of work in calm weather, an hour without work, a
// stop.
#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/allocation/judge.h"

namespace pi::simulation {

struct AllocationOutcome {
  std::string wrong{};  // The first broken promise; empty if all were kept.
  AllocationCounts counts{};
};

// `isTraced`: prints what happens.
AllocationOutcome playAllocations(std::uint64_t seed, bool isTraced = false);

}  // namespace pi::simulation
