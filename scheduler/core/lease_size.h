// How much to lend at a time.
#pragma once

#include <cstdint>

#include "common/base/clock.h"
#include "common/model/sample_range.h"

namespace pi::scheduler {

// How many samples a lease should have, and where it may end: after whole chunks, or, where one
// chunk is more than that, at a block's end within it.
struct LeaseSize {
  std::uint64_t samples = 1;
  std::uint64_t chunkSize = 1;
  std::uint64_t blockSamples = 1;

  // The lease at the front of `available`, which must not be empty.
  SampleRange frontOf(SampleRange available) const;

  // Where a piece of work may be split without breaking what could be lent as a whole.
  std::uint64_t unit() const { return chunkSize <= samples ? chunkSize : blockSamples; }
};

struct LeasePolicy {
  Duration target{};   // How long a lease should take.
  Duration minimum{};  // Below this a lease is not worth its round trip.
};

// As many samples as the worker computes in the target time, but no more than half of its share of
// what is open, so that leases shrink as the job runs out and all workers finish together (guided
// self-scheduling: Polychronopoulos and Kuck, IEEE Trans. Comput. C-36, 1987).  Speeds are samples
// per second, above zero; the cluster's speed includes the worker's.
std::uint64_t leaseSamples(const LeasePolicy& policy, std::uint64_t workerSpeed,
                           std::uint64_t clusterSpeed, std::uint64_t openSamples);

// Samples computed at `speed` in `duration`; at most kSamplesEnd.
std::uint64_t samplesIn(Duration duration, std::uint64_t speed);

}  // namespace pi::scheduler
