// One lease in a worker's hands: what of it is computed, and what of that is ready to be reported.
#pragma once

#include <map>
#include <optional>

#include "common/model/lease.h"

namespace pi::worker {

// Spans are computed in any order and reported in the order of their samples.
class Holding {
 public:
  explicit Holding(const Lease& lent) : lent_(lent), rest_(lent.range) {}

  // A span within the lease; one that begins beyond a truncated end is ignored.
  void add(const LeaseTally& span);

  // Takes what adjoins all that was taken before, as one tally; nothing if nothing does.
  std::optional<LeaseTally> takePrefix();

  void truncate(std::uint64_t end);

  const Lease& lent() const { return lent_; }
  // What of it was not taken.
  LeaseRest rest() const { return {.lease = lent_.id, .range = rest_}; }
  bool isFinished() const { return rest_.empty(); }

 private:
  Lease lent_;  // As it was lent.
  SampleRange rest_;
  std::map<std::uint64_t, LeaseTally> spans_;  // Computed and not taken, by begin.
};

}  // namespace pi::worker
