// The limits of the scheduler's core.  SECURITY.md's table names them.  Those that a scheduler may
// be configured with are in config.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.h"

namespace pi::scheduler {

// The fastest that a worker may claim to be, in cost units a second.  It keeps sums of all speeds
// from overflowing, whatever workers claim.
inline constexpr std::uint64_t kSpeedMax = 1'000'000'000'000'000;

// The cost of the largest lease of a worker of which nothing is counted, and how many times the
// cost that is counted its largest lease may have.  A fast worker gets whole leases after a few
// round trips, and one that only claims to be fast holds up little.
inline constexpr std::uint64_t kFirstLeaseCost = std::uint64_t{1} << 24;
inline constexpr std::uint64_t kTrustGrowth = 16;

// A lease of a worker that has not finished any may be lent to another worker too after this time,
// or after twice the time that it should take, if that is longer.
inline constexpr Duration kUnprovenLeaseMin = std::chrono::seconds(1);

// Workers that are gone whose strikes are remembered; the ones that joined first are forgotten
// first.
inline constexpr std::size_t kStrikesMax = 10'000;

// Leases of one worker of which a part, but not all, is counted.  A worker computes its leases in
// order, so an honest one has few.
inline constexpr std::ptrdiff_t kBegunLeasesMax = 16;

// A lease that is not finished after this many times its target, or after the silence timeout if
// that is longer, may be lent a second time.
inline constexpr int kLeaseTargetsMin = 10;

// The fragments of one job, with which it takes about 60 MB.
inline constexpr std::size_t kFragmentsMax = std::size_t{1} << 18;

// A job fails if its gaps leave it with more than the maximum of fragments divided by this.
inline constexpr std::size_t kGapsDivisor = 2;

// How often a job may be extended.
inline constexpr std::size_t kExtensionsMax = 100;

// The memory of what is remembered, with what the allocator adds: one ended lease, the states of
// one worker, and all of it by the limits of HistoryLimits and Config.  A test measures the first
// two.
inline constexpr std::size_t kLeaseRecordBytesMax = 352;
inline constexpr std::size_t kWorkerTrackBytesMax = 2'304;
inline constexpr std::size_t kHistoryBytesMax = std::size_t{160} << 20;

}  // namespace pi::scheduler
