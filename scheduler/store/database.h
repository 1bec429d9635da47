// The scheduler's jobs in a file, so that they survive the end of its process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/model/ids.h"
#include "scheduler/allocation/core/allocation.h"
#include "scheduler/core/changes.h"
#include "scheduler/core/goal.h"
#include "scheduler/store/audit.h"
#include "scheduler/store/clock_reading.h"

namespace pi::scheduler {

// Blocks while it reads and writes the disk.  One thread at a time may use it.  All functions throw
// StoreError when they fail.
class Database {
 public:
  // Opens the file, or creates it so that only its owner can read it.  Refuses a file that is
  // damaged, belongs to another program, or was written by a newer release, and does not change it.
  explicit Database(const std::filesystem::path& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Reads and validates everything that was committed.  Call it once, before the first commit.  It
  // begins a new epoch with an incarnation of its own; both are on disk when it returns.
  Saved load(const ClockReading& now, Goal goal = kGoal);

  // Writes all changes or none.  They are on disk when it returns, and survive a power cut.
  // Committing the same changes again has no effect.  The ages of jobs are as of `now`.
  void commit(const Changes& changes, const ClockReading& now);

  // Reads and validates all allocations.  Call it after load(), before the first commit.
  allocation::Saved loadAllocations();

  // The same for changes to allocations.
  void commitAllocations(const allocation::Changes& changes, const ClockReading& now);

  // An audit of the job by the rows of this file.  The database must outlive it.
  std::unique_ptr<Audit> audit(JobId job);

  // The jobs in the file that are over, by number.
  std::vector<JobId> jobsThatAreOver();

  // The store's secret: kStoreSecretBytes random bytes, drawn when the file was created.  Never log
  // it.
  const std::string& secret() const { return secret_; }

 private:
  // The one row of the table `store`.
  struct Head {
    std::uint64_t epoch = 0;  // The number of times that the file was loaded.
    JobId lastJob{};
    Duration time{};       // The store's, at the last commit.
    ClockReading clock{};  // At the last commit.
  };
  struct Session;

  Head headAt(const ClockReading& now) const;

  std::unique_ptr<Session> session_;
  std::string secret_;
  Head head_;
  bool isLoaded_ = false;
};

}  // namespace pi::scheduler
