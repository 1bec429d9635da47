// One lease that this worker holds: which samples are computed, and which of these are reported.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "common/model/lease.h"

namespace pi::worker {

// Spans finish in any order and are reported in the order of their samples.
//
// The law: the part that was taken ends where the rest begins; the finished spans that wait lie in
// the rest and do not overlap.
class LeaseProgress {
 public:
  explicit LeaseProgress(const Lease& lent) : lent_(lent), rest_(lent.range) {}

  // Adds a finished span of this lease.  A span beyond a truncated end is ignored.
  void add(const LeaseTally& span);

  // Takes the finished spans at the begin of the rest, as one tally; nothing if there are none.
  std::optional<LeaseTally> takePrefix();

  // Moves the end of the lease to `end`, but not before the begin of the rest, nor beyond the old
  // end.
  void truncate(std::uint64_t end);

  // The lease as the scheduler lent it.
  const Lease& lent() const { return lent_; }
  // The part that was not taken yet.
  LeaseRest rest() const { return {.lease = lent_.id, .range = rest_}; }
  bool isFinished() const { return rest_.empty(); }

  void checkInvariants() const;

 private:
  Lease lent_;
  SampleRange rest_;
  std::map<std::uint64_t, LeaseTally> spans_;  // Finished and not taken, by their begin.
};

}  // namespace pi::worker
