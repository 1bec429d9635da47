// Tallies on their way to the scheduler's disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "common/model/lease.h"
#include "worker/core/finished_run.h"

namespace pi::worker {

// The law: a tally never changes after it was sent.  The tallies that were sent come first and are
// numbered in steps of one; the others have no number yet.  Each is kept until it is committed.
class Outbox {
 public:
  void add(const FinishedRun& run);

  bool hasUnsent() const { return sent_ < runs_.size(); }
  bool isEmpty() const { return runs_.empty(); }  // Everything is committed.

  // Numbers the tallies that were never sent, and returns these.
  std::vector<LeaseTally> send();

  // The same, and returns all tallies: a scheduler may have missed those that were sent before.
  std::vector<LeaseTally> sendAll();
  // The leases of all tallies.
  std::vector<Lease> leases() const;

  // Forgets everything.
  void clear();

  // The scheduler has committed the tallies up to this number.
  void commit(std::uint64_t sequence);

  void checkInvariants() const;

 private:
  std::deque<FinishedRun> runs_;
  std::size_t sent_ = 0;  // The number of runs, from the front, that were sent.
  std::uint64_t lastSequence_ = 0;
};

}  // namespace pi::worker
