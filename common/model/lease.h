// A sample range of one job that one worker may compute.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/sample_range.h"
#include "common/model/stream.h"
#include "common/model/tally.h"

namespace pi {

// Proves to a scheduler that it, or an earlier scheduler of the same state directory, lent this
// lease to this worker.  Opaque to workers.
using Ticket = std::array<std::uint8_t, 16>;

struct Lease {
  LeaseId id{};
  JobId job{};
  Stream stream;
  SampleRange range;
  std::uint64_t blockSamples = kBlockSamples;  // See blockOf(); above zero.
  // So many CPU threads of the worker may compute it, and no GPU; 0: everything that it has.
  std::uint32_t threads = 0;
  Ticket ticket{};
  bool operator==(const Lease&) const = default;
};

// The part of a lease that its holder has not reported yet.
struct LeaseRest {
  LeaseId lease{};
  SampleRange range;
  bool operator==(const LeaseRest&) const = default;
};

// The report of a worker about a finished part of a lease.  `busy` is the time that its threads
// together took for these samples.  `sequence` counts the worker's tallies from 1, in the order in
// which they are reported.
struct LeaseTally {
  LeaseId lease{};
  JobId job{};
  Tally tally;
  Duration busy{};
  std::uint64_t sequence = 0;
  bool operator==(const LeaseTally&) const = default;
};

}  // namespace pi
