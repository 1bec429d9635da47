#include "scheduler/allocation/core/census.h"

#include "scheduler/allocation/core/node_time.h"

namespace pi::allocation {

Census takeCensus(const Book& book, const std::vector<Queue>& queues) {
  Census census;
  for (const Queue& queue : queues) {
    census.queues.push_back({.used = queue.spent(), .committed = queue.spent()});
  }
  for (const auto& [name, allocation] : book.rows()) {
    bool isSupply = allocation.wish == Wish::kKeep && allocation.stage != Stage::kEnding;
    if (isSupply) ++census.supply;
    if (!allocation.queue) continue;
    QueueCount& count = census.queues[*allocation.queue];
    ++count.alive;
    if (isSupply) ++count.supply;
    if (isAwaited(allocation)) ++count.waiting;
    count.used += allocation.used;
    count.committed += allocation.used + reserved(allocation);
  }
  return census;
}

}  // namespace pi::allocation
