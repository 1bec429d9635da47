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

// Proves to a scheduler that it, or one before it in the same state directory, lent this very lease
// to this very worker.  Opaque to everybody else.
using Ticket = std::array<std::uint8_t, 16>;

struct Lease {
  LeaseId id{};
  JobId job{};
  Stream stream;
  SampleRange range;
  Ticket ticket{};
  bool operator==(const Lease&) const = default;
};

// What of a lease its holder has not reported yet.
struct LeaseRest {
  LeaseId lease{};
  SampleRange range;
  bool operator==(const LeaseRest&) const = default;
};

// What a worker reports: a finished run of a lease's samples, and how long all its threads together
// took from the first to the last of them.  A worker numbers its tallies from 1 in the order in
// which it reports them.
struct LeaseTally {
  LeaseId lease{};
  JobId job{};
  Tally tally;
  Duration busy{};
  std::uint64_t sequence = 0;
  bool operator==(const LeaseTally&) const = default;
};

}  // namespace pi
