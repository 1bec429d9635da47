// How much work samples are, in units that every decision about sizes, speeds and fairness uses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/model/job.h"
#include "common/model/sample_range.h"

namespace pi::scheduler {

// Work of one kind takes a worker a time that is proportional to its cost.  A worker's speed is
// measured for each kind by itself.
enum class WorkKind : std::uint8_t { kRandom, kSobol };

// False for a number that is no kind's.  The switch makes the compiler ask for a new kind here.
constexpr bool isKnown(WorkKind kind) {
  switch (kind) {
    case WorkKind::kRandom:
    case WorkKind::kSobol:
      return true;
  }
  return false;
}

inline constexpr std::size_t kWorkKinds = [] {
  std::size_t count = 0;
  while (isKnown(static_cast<WorkKind>(count))) ++count;
  return count;
}();

// One value of T for each kind of work.
template <typename T>
using PerKind = std::array<T, kWorkKinds>;

constexpr std::size_t indexOf(WorkKind kind) { return static_cast<std::size_t>(kind); }

WorkKind workKindOf(const JobSpec& spec);

// The cost of the samples in `range`, in [0, 2^63].  It depends on nothing else, so that every part
// of the scheduler agrees on it.  Today a unit is one sample, for both kinds.
std::uint64_t costOf(const JobSpec& spec, SampleRange range);

// The cost of `samples` samples of the job whose place is not known yet: that of the average ones.
std::uint64_t averageCost(const JobSpec& spec, std::uint64_t samples);

// Speeds: cost units a second, and average samples a second that workers and users know.
std::uint64_t costRate(WorkKind kind, std::uint64_t samplesPerSecond);
std::uint64_t sampleRate(WorkKind kind, std::uint64_t costPerSecond);

// How many average samples of the job cost `cost`: the inverse of averageCost().
std::uint64_t samplesFor(const JobSpec& spec, std::uint64_t cost);

}  // namespace pi::scheduler
