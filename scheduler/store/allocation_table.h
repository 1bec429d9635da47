// The tables with the allocations of batch systems, the node time that queues have spent, and why
// queues are paused.
#pragma once

#include "common/base/clock.h"
#include "scheduler/allocation/core/allocation.h"
#include "scheduler/store/sqlite.h"

namespace pi::scheduler {

// All functions throw StoreError when they fail.  Times are the store's.
class AllocationTable {
 public:
  // The connection must outlive it, and have the tables.
  explicit AllocationTable(sqlite::Connection& connection) : connection_(connection) {}

  void write(const allocation::Changes& changes, Duration time);
  // Their ages are as of `time`.
  allocation::Saved read(Duration time);

 private:
  void write(const allocation::SavedAllocation& row, Duration time);
  void write(const allocation::SavedQueue& queue);
  void readAllocations(allocation::Saved& saved, Duration time);
  void readTimeLimits(allocation::Saved& saved);
  void readQueues(allocation::Saved& saved);
  void readPauses(allocation::Saved& saved);

  sqlite::Connection& connection_;
  sqlite::Statement put_{connection_, "REPLACE INTO allocation VALUES (?,?,?,?,?,?,?,?,?,?)"};
  sqlite::Statement erase_{connection_, "DELETE FROM allocation WHERE name = ?"};
  sqlite::Statement putLimit_{connection_, "REPLACE INTO allocation_limit VALUES (?,?,?)"};
  sqlite::Statement eraseLimit_{connection_, "DELETE FROM allocation_limit WHERE name = ?"};
  sqlite::Statement putQueue_{connection_, "REPLACE INTO node_time VALUES (?,?,?)"};
  sqlite::Statement putPause_{connection_, "REPLACE INTO queue_pause VALUES (?,?,?)"};
  sqlite::Statement erasePause_{connection_, "DELETE FROM queue_pause WHERE queue = ?"};
};

}  // namespace pi::scheduler
