// The rows of the tables of jobs and workers.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/clock.h"
#include "common/model/job.h"
#include "common/model/worker_info.h"

namespace pi::scheduler::live {

// A job; equal to another row if they differ only in times that a viewer's page counts itself.
struct JobRow {
  JobInfo job;
  bool operator==(const JobRow& other) const;
};

// The object of GET /api/v1/jobs.
std::string textOf(const JobRow& row);

// A worker as it describes itself.
struct WorkerRow {
  WorkerId id{};
  WorkerProfile profile;
  bool operator==(const WorkerRow&) const = default;
};

// [id, name, host, batch_job, kernel, devices, threads, claimed_samples_per_second]
std::string textOf(const WorkerRow& row);

// How a worker is; equal to another row if it was heard at about the same time.
struct StateRow {
  WorkerInfo worker;
  std::uint64_t samplesPerSecond = 0;  // As Rates has it.
  Instant now{};
  bool operator==(const StateRow& other) const;
};

// [id, state, samples_per_second, samples_contributed, leases, heard_ms_ago, reason, connected_ms,
//  ms_left, if it knows when it ends]
std::string textOf(const StateRow& row);

}  // namespace pi::scheduler::live
