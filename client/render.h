// The text that commands print for people, newlines included.  common/json has the same for
// scripts.
#pragma once

#include <span>
#include <string>

#include "common/model/job.h"
#include "common/model/worker_info.h"

namespace pi::client {

// The result of a job: the estimate with its error, the request, and how fast it was computed.
std::string resultText(const JobInfo& job);

// Only the known digits of the estimate; "unknown" before the first counted sample.
std::string quietText(const JobInfo& job);

// The progress of a job; the result if it is over.
std::string statusText(const JobInfo& job);

std::string submitText(JobId job);

// Tables with one line for each job or worker; a sentence if there is none.
std::string listText(std::span<const JobInfo> jobs);
std::string workersText(std::span<const WorkerInfo> workers);

// "42.3 %" of the samples are counted.  "100.0 %" only if all are.
std::string percentText(const JobInfo& job);

}  // namespace pi::client
