// The past of jobs and leases as JSON.  The rules of documents.h hold here, too.
#pragma once

#include "common/base/clock.h"
#include "common/json/documents.h"
#include "common/model/convergence_point.h"
#include "common/model/job.h"
#include "common/model/lease_record.h"
#include "common/model/log_line.h"

namespace pi {

// The estimate that a job with this request had at one time.  `standard_error` is null where the
// error is not known: a quasi-random sampler shows it only at prefixes of its samples.
Json convergencePointObject(const ConvergencePoint& point, const JobSpec& spec);

// A lease; its times are seconds since `start`, the start of the scheduler.  The end of a running
// lease is null.
Json leaseRecordObject(const LeaseRecord& record, Instant start);

// A line of a log: time, level, text; and job, worker and worker_text, if it is about one.
Json logLineObject(const LogLine& line);

}  // namespace pi
