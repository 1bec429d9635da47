// Tallies whose hits are next to impossible, until the scheduler has computed them itself.
#pragma once

#include <deque>
#include <optional>

#include "common/model/ids.h"
#include "common/model/lease.h"
#include "common/model/stream.h"
#include "scheduler/core/event.h"
#include "scheduler/core/orders.h"

namespace pi::scheduler {

struct Doubt {
  WorkerId worker{};
  LeaseTally tally;
  Stream stream;
};

// The law: a worker has at most one doubt, so that a liar costs the scheduler little; the oldest
// doubt is the one that is being computed.  The samples of a doubt are open like any others: if
// they are counted before it is settled, only the worker is still judged by it.
class Recheck {
 public:
  explicit Recheck(Orders& orders) : orders_(orders) {}

  bool has(WorkerId worker) const;
  void add(const Doubt& doubt);  // The worker must have none.

  // The doubt that was settled, with its true hits in `recomputed`; nothing if that is not about
  // the oldest one.
  std::optional<Doubt> settle(const event::Recomputed& recomputed);

  void checkInvariants() const;

 private:
  void recomputeNext();

  Orders& orders_;
  std::deque<Doubt> doubts_;
};

}  // namespace pi::scheduler
