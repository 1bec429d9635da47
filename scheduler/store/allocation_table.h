// The tables with the allocations of batch systems, and the node time that queues have spent.
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

  sqlite::Connection& connection_;
  sqlite::Statement put_{connection_, "REPLACE INTO allocation VALUES (?,?,?,?,?,?,?,?,?,?)"};
  sqlite::Statement erase_{connection_, "DELETE FROM allocation WHERE name = ?"};
  sqlite::Statement putQueue_{connection_, "REPLACE INTO node_time VALUES (?,?,?)"};
};

}  // namespace pi::scheduler
