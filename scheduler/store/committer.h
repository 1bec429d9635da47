// Commits on a thread of its own, since a disk, and more so a network file system, may take its
// time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/base/clock.h"
#include "scheduler/core/changes.h"
#include "scheduler/store/database.h"

namespace pi::scheduler {

// What became of a batch.  One that failed is kept, and tried again until it is committed.
struct CommitOutcome {
  std::string failure;  // One sentence; empty when the batch is committed.
  bool isCommitted() const { return failure.empty(); }
};

class Committer {
 public:
  struct Pace {
    Duration retry = std::chrono::seconds(1);
    Duration report = std::chrono::minutes(1);  // Between two reports of failures in a row.
  };

  // Called on the store's thread, until the destructor has returned.
  using Report = std::function<void(const CommitOutcome&)>;

  // The database is loaded, and nobody else's until the destructor has returned.
  Committer(Database& database, Report report);
  Committer(Database& database, Report report, Pace pace);

  // The batch in hand is tried once more, and then given up.  Waits for a disk that is busy.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // Returns at once.  One batch at a time: the next only after the last is reported committed.
  void commit(Changes changes, WallTime now);

 private:
  struct Batch {
    Changes changes;
    WallTime at;
  };

  void run();
  std::string attempt();  // The failure, or empty.

  Database& database_;
  Report report_;
  Pace pace_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Batch> batch_;  // Set by the owner, cleared by the thread, under the mutex.
  bool isStopping_ = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace pi::scheduler
