// The door to what the core remembers of the past, for people who watch or look back.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "common/model/ids.h"
#include "scheduler/core/job_history.h"
#include "scheduler/core/job_table.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/lease_history.h"
#include "scheduler/core/worker_history.h"

namespace pi::scheduler {

// A view of a Scheduler, valid as long as that is.  All of it is bounded (history_limits.h), and no
// decision depends on it.  Times are those that events came with.
class History {
 public:
  History(const JobTable& jobs, const WorkerHistory& workers, const LeaseBook& book,
          const LeaseHistory& leases)
      : jobs_(jobs), workers_(workers), book_(book), leases_(leases) {}

  // Null for a job that is unknown, forgotten, or not committed yet.
  const JobHistory* job(JobId job) const;
  // The states of the workers over time, with workers that are gone.
  const WorkerHistory& workers() const { return workers_; }
  const LeaseHistory& leases() const { return leases_; }
  // The ended leases of the worker that are remembered, in the order in which they ended, and then
  // the running ones, in the order in which they began.
  std::vector<LeaseRecord> leasesOf(WorkerId worker) const;
  // The running lease of the worker that began first: it is computed now.
  std::optional<LeaseRecord> runningOf(WorkerId worker) const;
  // The running leases of the job with a higher id, in the order of their ids; the first `max`.
  std::vector<LeaseRecord> runningOf(JobId job, LeaseId lease, std::size_t max) const;

 private:
  const JobTable& jobs_;
  const WorkerHistory& workers_;
  const LeaseBook& book_;
  const LeaseHistory& leases_;
};

}  // namespace pi::scheduler
