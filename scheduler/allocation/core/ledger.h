// The part of queues that the store keeps: their spent node time, and why they are paused.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scheduler/allocation/core/allocation.h"
#include "scheduler/allocation/core/queue.h"

namespace pi::allocation {

// The law: the node time of each allocation that is erased is spent by its queue, also by one that
// is not of this start.
class Ledger {
 public:
  Ledger(std::vector<Queue>& queues, const std::vector<SavedQueue>& saved);

  // The allocation has ended.
  void spend(const Allocation& allocation);
  // The queue is paused or resumed.
  void touch(const Queue& queue);

  // By name: the queues whose rows the store lacks.
  std::map<std::string, SavedQueue>& unsaved() { return unsaved_; }

 private:
  std::vector<Queue>& queues_;
  std::map<std::string, SavedQueue> others_;  // By name: those of earlier starts alone.
  std::map<std::string, SavedQueue> unsaved_;
};

}  // namespace pi::allocation
