// All that a report shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/report/lease_statistics.h"
#include "common/model/convergence_point.h"
#include "common/model/job.h"
#include "common/model/job_audit.h"
#include "common/model/scheduler_info.h"
#include "common/model/throughput_parts.h"
#include "common/model/worker_track.h"

namespace pi::client {

struct JobPast {
  JobInfo job;
  SchedulerInfo scheduler;
  std::vector<ConvergencePoint> points{};
  ThroughputParts throughput{};
  std::vector<WorkerTrackInfo> tracks{};
  LeaseStatistics leases{};
  std::uint64_t restored = 0;       // Samples that earlier schedulers counted.
  std::uint64_t forgotten = 0;      // Samples whose leases are no longer remembered.
  std::optional<JobAudit> audit{};  // Null if the job is not over, or has none.
  std::string notAudited{};         // Why a job that is over has no audit.
  std::string auditHash{};          // The hash of its resultLines().
  std::string clientVersion{};
};

}  // namespace pi::client
