// The cost of samples, in units that every decision about sizes, speeds and fairness uses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/model/block.h"
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

// The samples of one job as work.  The same for every part of the scheduler.
//
// A unit of cost is a sample that is computed by itself.  A block of 16 nets of level h costs
// 32 * 2^h * netStepCost, or as much as its samples if that is less.
class JobWork {
 public:
  JobWork(const JobSpec& spec, const BlockRule& rule);

  WorkKind kind() const { return kind_; }
  const Block& block() const { return block_; }

  // The cost of the samples in `range`, in [0, 2^63].
  std::uint64_t costOf(SampleRange range) const;
  // The cost of so many samples whose place is not known yet: that of the average ones.
  std::uint64_t averageCost(std::uint64_t samples) const;
  // How many average samples cost `cost`; at most kSamplesEnd.
  std::uint64_t samplesFor(std::uint64_t cost) const;

 private:
  std::uint64_t costOfBlock(int netLevel) const;
  std::uint64_t costOfPart(std::uint64_t samples) const;
  std::uint64_t samplesPerUnit() const;

  WorkKind kind_;
  Block block_;
  std::uint64_t stepCost_;
};

}  // namespace pi::scheduler
