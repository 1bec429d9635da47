// A sample range of one job that one worker may compute.
#pragma once

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/sample_range.h"
#include "common/base/stream.h"
#include "common/base/tally.h"

namespace pi {

struct Lease {
  LeaseId id{};
  JobId job{};
  Stream stream;
  SampleRange range;
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
