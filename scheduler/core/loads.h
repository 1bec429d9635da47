// How long workers are busy with what they hold.
#pragma once

#include "common/base/clock.h"
#include "common/model/lease.h"
#include "scheduler/core/cost.h"
#include "scheduler/core/job_table.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/policy.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// How long the worker takes for the lease, rounded to nanoseconds; at most an hour.
Duration timeFor(const Worker& worker, const JobWork& work, const Lease& lease);

// All that the worker has to do, judged by its speed since its last report.  The speed is that of
// the threads of its last lease, at that lease's kind of work.
Load loadOf(const Worker& worker, const LeaseBook& book, const JobTable& jobs, Instant now);

}  // namespace pi::scheduler
