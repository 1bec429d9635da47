// A finished run of a lease's samples, with the lease.
#pragma once

#include "common/base/check.h"
#include "common/model/lease.h"

namespace pi::worker {

struct FinishedRun {
  LeaseTally tally;
  Lease lent;  // As the scheduler lent it: its ticket proves that the tally may be reported.
};

// Makes one run of two.  `next` is the run of the same lease that begins where `tally` ends.
inline void append(LeaseTally& tally, const LeaseTally& next) {
  PI_CHECK(tally.lease == next.lease);
  PI_CHECK(tally.tally.range.end == next.tally.range.begin);
  tally.tally.range.end = next.tally.range.end;
  tally.tally.hits += next.tally.hits;
  tally.busy += next.busy;
}

}  // namespace pi::worker
