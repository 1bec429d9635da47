// The allocations, counted.
#pragma once

#include <cstddef>
#include <vector>

#include "scheduler/allocation/core/book.h"
#include "scheduler/allocation/core/queue.h"

namespace pi::allocation {

struct QueueCount {
  std::size_t alive = 0;    // All that are pending, run or end.
  std::size_t supply = 0;   // Those that are to give a worker, or do.
  std::size_t waiting = 0;  // Those that do not run yet.
  NodeTime used{};          // The node time of all allocations so far, of ended ones, too.
  NodeTime committed{};     // The same, and the time that those alive may still take.
};

struct Census {
  std::vector<QueueCount> queues;  // One for each queue.
  std::size_t supply = 0;          // With the workers of queues of an earlier start.
};

Census takeCensus(const Book& book, const std::vector<Queue>& queues);

}  // namespace pi::allocation
