#include "scheduler/allocation/core/ledger.h"

#include <algorithm>

#include "common/base/printable.h"
#include "scheduler/allocation/core/limits.h"

namespace pi::allocation {

Ledger::Ledger(std::vector<Queue>& queues, const std::vector<SavedQueue>& saved) : queues_(queues) {
  for (const SavedQueue& row : saved) {
    bool isOther = std::ranges::find(queues_, row.name, &Queue::name) == queues_.end();
    if (isOther) others_.emplace(row.name, row);
  }
}

void Ledger::spend(const Allocation& allocation) {
  if (allocation.queue) {
    Queue& queue = queues_[*allocation.queue];
    queue.spend(allocation.used);
    touch(queue);
  } else if (!allocation.queueName.empty()) {
    SavedQueue& row = others_[allocation.queueName];
    row.name = allocation.queueName;
    row.spent += allocation.used;
    unsaved_.insert_or_assign(row.name, row);
  }
}

void Ledger::touch(const Queue& queue) {
  SavedQueue row{.name = queue.name(), .spent = queue.spent()};
  if (const auto& reason = queue.pausedBecause()) {
    row.pausedBecause = std::string(frontOf(*reason, kBatchTextBytesMax));
  }
  unsaved_.insert_or_assign(row.name, std::move(row));
}

}  // namespace pi::allocation
