// The leases that this worker holds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "worker/core/finished_run.h"
#include "worker/core/lease_progress.h"

namespace pi::worker {

// The law: every lease here has samples that were not reported yet.  One is forgotten with its last
// sample, so each function takes a lease that may be unknown.
class HeldLeases {
 public:
  // False, and nothing changes, if the lease is held already.
  bool add(const Lease& lease);
  void drop(LeaseId lease);
  void truncate(LeaseId lease, std::uint64_t end);

  // Adds a span that the threads finished.  Returns the run that can be reported now; nothing if a
  // span before it is still missing.
  std::optional<FinishedRun> finish(const LeaseTally& span);

  // The lease as it was lent; null if it is not held.
  const Lease* find(LeaseId lease) const;
  bool empty() const { return held_.empty(); }
  std::vector<LeaseId> ids() const;
  std::vector<Lease> lent() const;       // As they were lent.
  std::vector<LeaseRest> rests() const;  // The parts not reported yet, in the same order.

  void checkInvariants() const;

 private:
  using Held = std::map<LeaseId, LeaseProgress>;
  void forgetIfFinished(Held::iterator lease);

  Held held_;
};

}  // namespace pi::worker
