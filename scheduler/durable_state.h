// A scheduler's state on disk: the directory, which it has for itself, and its jobs in there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/net/loop/kj_loop.h"
#include "scheduler/allocation/core/allocation.h"
#include "scheduler/service/scheduler_service.h"
#include "scheduler/state_directory.h"
#include "scheduler/store/committer.h"
#include "scheduler/store/database.h"

namespace pi::scheduler {

enum class SaveJobs { kNo, kYes };

// Destroying it closes the store, and then releases the directory.
class DurableState {
 public:
  // Throws StoreError if the directory's jobs cannot be read.
  DurableState(std::unique_ptr<StateDirectory> directory, SaveJobs saveJobs);

  const StateDirectory& directory() const { return *directory_; }
  // The jobs and the secret that the last scheduler left behind; to be taken once.
  SchedulerService::Inheritance takeInheritance() { return std::move(inheritance_); }

  // The allocations of earlier schedulers, and how those of this one are named; to be taken once.
  struct Allocations {
    std::string prefix{};
    std::uint64_t epoch = 0;
    allocation::Saved saved{};
  };
  Allocations takeAllocations() { return std::move(allocations_); }
  // Saves allocations, one batch at a time, after startSaving().  Calls `saved` on the loop's
  // thread: with null once they are on disk, and before that with why they are not yet.
  using AllocationsSaved = std::function<void(const std::optional<std::string>& failure)>;
  void save(net::KjLoop& loop, allocation::Changes changes, AllocationsSaved saved);

  // To be called when the scheduler serves: what this start has made on disk stays.  Otherwise it
  // is removed.
  void keep() { directory_->keep(); }

  // Commits all changes from now on.  Audits read what is saved.  This object must be
  // destroyed before `saving` and `audits`.
  void startSaving(net::KjLoop& loop, Saving& saving, Audits& audits);

  // The size of the jobs' file with its log; 0 if no jobs are saved.
  std::uint64_t storeBytes() const { return *storeBytes_; }

  // Leaves the store and the directory's lock to the end of the process: the store's thread may
  // hang in the disk, and must not be waited for.
  void abandon();

 private:
  std::unique_ptr<StateDirectory> directory_;
  std::unique_ptr<Database> database_;  // Null if no jobs are saved.
  SchedulerService::Inheritance inheritance_;
  Allocations allocations_;
  // Shared with reports of the store that are on their way.
  std::shared_ptr<std::uint64_t> storeBytes_ = std::make_shared<std::uint64_t>(0);
  std::unique_ptr<Committer> committer_;
};

}  // namespace pi::scheduler
