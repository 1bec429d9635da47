// Leases that workers hold without having shown that they compute at all.
#pragma once

#include <vector>

#include "common/base/clock.h"
#include "scheduler/core/job_table.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// The leases of workers that have not finished any, and that had enough time for these.  Those of
// the most urgent job come last.  Takes time in proportion to the workers.  Leases of jobs with
// limited threads are left out: they are not lent a second time.
std::vector<HeldLease> overdueOfUnproven(const WorkerTable& workers, const LeaseBook& book,
                                         const JobTable& jobs, Instant now);

}  // namespace pi::scheduler
