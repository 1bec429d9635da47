// Which workers and which jobs fit together.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "scheduler/core/config.h"
#include "scheduler/core/job_queue.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// Looks and changes nothing.  It knows the rules of seats and of ends:
//
// A worker without CPU threads is lent nothing of a job with limited threads.  A worker that holds
// seats of such a job gets the job's next lease, too, although no seat is free; but not if another
// worker waits that would be much faster in these seats, or of which nothing is known: else a slow
// worker would keep them to the end.
//
// A worker that knows its end is lent nothing that it cannot finish before.
class Matching {
 public:
  Matching(const Config& config, const JobTable& jobs, const WorkerTable& workers,
           const LeaseBook& book)
      : config_(config), jobs_(jobs), workers_(workers), book_(book) {}

  // The job of which the worker is lent open samples next; nothing if there is none for it.
  std::optional<JobId> jobFor(const Worker& worker, Instant now) const;
  // How many samples of the job the worker can be lent, so that it finishes them in time, after all
  // that it holds; kSamplesEnd if it knows no end.  Zero if the job has no seat for it, too.
  std::uint64_t finishable(const Worker& worker, const Job& job, Instant now) const;
  // The waiting workers to which something may be lent, the one that waits longest first.  If only
  // holders of seats can be lent something, it returns the holders that wait.
  std::vector<WorkerId> candidates() const;
  // Whether the worker has as many leases as it may have.
  bool isLoaded(WorkerId worker) const;
  // Whether a waiting worker could be lent what the lease's holder gives up.
  bool canMove(const HeldLease& held) const;

 private:
  const JobQueue::Place* firstFor(const Worker& worker, JobQueue::Lendable to, Instant now) const;
  const JobQueue::Place* firstHeld(const Worker& worker, Instant now) const;
  std::uint64_t inTime(const Worker& worker, const Job& job, std::uint32_t threads,
                       Instant now) const;
  bool isOutrun(const Worker& worker, const Job& job, Instant now) const;

  const Config& config_;
  const JobTable& jobs_;
  const WorkerTable& workers_;
  const LeaseBook& book_;
};

}  // namespace pi::scheduler
