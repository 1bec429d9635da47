// What the commands print for scripts: one JSON object on one line, newline included.  Field names
// are a promise: add to them, never rename.  Integers are whole and exact.
#pragma once

#include <span>
#include <string>

#include "common/model/job.h"
#include "common/model/worker_info.h"

namespace pi::client {

// A job, finished or not.  One that is not finished has besides what it was asked for also
// samples_counted, chunks_counted, workers_now and reason; before its first counted sample pi,
// standard_error and ci95 are null.
std::string jobJson(const JobInfo& job);

// {schema, job}
std::string submitJson(JobId job);

// {schema, jobs: [...]}, each as jobJson has it.
std::string listJson(std::span<const JobInfo> jobs);

// {schema, workers: [...]}
std::string workersJson(std::span<const WorkerInfo> workers);

}  // namespace pi::client
