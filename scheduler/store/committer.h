// Commits on a thread of its own, because a disk, and even more a network file system, can be slow.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/base/clock.h"
#include "scheduler/allocation/core/allocation.h"
#include "scheduler/core/changes.h"
#include "scheduler/store/clock_reading.h"
#include "scheduler/store/database.h"
#include "scheduler/store/settings.h"

namespace pi::scheduler {

// The result of an attempt to commit a batch.  A batch that failed is tried again until it is
// committed.
struct CommitOutcome {
  std::optional<std::string> failure;  // One sentence; nullopt if the batch is committed.
  bool isCommitted() const { return !failure; }
};

class Committer {
 public:
  struct Pacing {
    Duration retryPause = kCommitRetryPause;
    Duration reportPeriod = kCommitFailureReportPeriod;
  };

  // Called on the store's thread, until the destructor has returned.  Called for each commit, and
  // for the first failure in a row; after that, failures are reported once in a report period.
  using Report = std::function<void(const CommitOutcome&)>;

  // The database is loaded.  Only the committer uses it until the destructor has returned.
  Committer(Database& database, Report report);
  Committer(Database& database, Report report, Pacing pacing);

  // Tries to commit the batches that it has once more, then drops them.  Blocks while the disk is
  // busy.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // Returns at once.  The previous batch of jobs must have been reported committed.
  void commit(Changes changes, const ClockReading& now);

  // The same for allocations, with a report of their own.
  void commitAllocations(allocation::Changes changes, const ClockReading& now, Report report);

  // Audits a job that is over, in slices between the batches, and reports on the store's thread.
  // Audits that are not complete when the destructor is called are dropped.
  using ReportAudit = std::function<void(JobAudit)>;
  void audit(JobId job, ReportAudit report);

 private:
  enum class Kind { kJobs, kAllocations };
  struct Batch {
    Kind kind{};
    std::function<void(Database&)> write;
    Report report;
    std::int64_t failures = 0;  // In a row.
  };

  struct PendingAudit {
    std::unique_ptr<Audit> audit;
    ReportAudit report;
  };

  void run();
  void add(Batch batch);
  CommitOutcome tryCommit(const Batch& batch);
  void auditSlice(std::unique_lock<std::mutex>& lock);

  Database& database_;
  Report report_;
  Pacing pacing_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PendingAudit> audits_;  // The first one is under way; under the mutex.
  // At most one of each kind.  Added by the owner, removed by the thread, under the mutex; the
  // first one is under way.
  std::deque<Batch> batches_;
  bool isStopping_ = false;
  std::thread thread_;  // Last, because it uses all other members.
};

}  // namespace pi::scheduler
