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
inline constexpr std::size_t kWorkKinds = static_cast<std::size_t>(WorkKind::kSobol) + 1;

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

// How many average samples of the job cost `cost`: the inverse of averageCost().
std::uint64_t samplesFor(const JobSpec& spec, std::uint64_t cost);

}  // namespace pi::scheduler
