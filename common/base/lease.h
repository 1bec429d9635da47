// A sample range of one job that one worker may compute.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/sample_range.h"
#include "common/base/stream.h"
#include "common/base/tally.h"

namespace pi {

// By this a scheduler knows a lease of its own; for everybody else it is 16 bytes to be kept.
using Ticket = std::array<std::uint8_t, 16>;

struct Lease {
  LeaseId id{};
  JobId job{};
  Stream stream;
  SampleRange range;
  Ticket ticket{};
  bool operator==(const Lease&) const = default;
};

// What a worker reports: a finished run of a lease's samples, and how long all its threads together
// took from the first to the last of them.
struct LeaseTally {
  LeaseId lease{};
  JobId job{};
  Tally tally;
  Duration busy{};
  bool operator==(const LeaseTally&) const = default;
};

}  // namespace pi
