// Tallies on their way to the scheduler's disk: none is lost, and none is changed once it was sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "common/model/lease.h"

namespace pi::worker {

class Outbox {
 public:
  // Of a lease as it was lent.
  void add(const LeaseTally& tally, const Lease& lent);

  bool hasUnsent() const { return sent_ < entries_.size(); }
  bool isEmpty() const { return entries_.empty(); }  // All is committed.

  // What was never sent, numbered.
  std::vector<LeaseTally> send();

  // Everything, for a scheduler that may not have heard of it, and the leases that it belongs to.
  std::vector<LeaseTally> sendAll();
  std::vector<Lease> leases() const;

  // Nobody wants what it holds.
  void clear();

  // The scheduler has saved all up to this number.
  void commit(std::uint64_t sequence);

 private:
  struct Entry {
    LeaseTally tally;
    Lease lent;
  };
  std::deque<Entry> entries_;  // In the order of their numbers; those not sent have none.
  std::size_t sent_ = 0;
  std::uint64_t lastSequence_ = 0;
};

}  // namespace pi::worker
