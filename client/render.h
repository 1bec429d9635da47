// The text that commands print for people, newlines included.  common/json has the same for
// scripts.
#pragma once

#include <span>
#include <string>

#include "common/model/job.h"
#include "common/model/worker_info.h"

namespace pi::client {

// How a job ended: the estimate with its error, what it was made of, and how fast.
std::string resultText(const JobInfo& job);

// The known digits of the estimate alone; "unknown" before the first counted sample.
std::string quietText(const JobInfo& job);

// How far a job has come.
std::string statusText(const JobInfo& job);

std::string submitText(JobId job);

// Tables with a line for each; a sentence when there is none.
std::string listText(std::span<const JobInfo> jobs);
std::string workersText(std::span<const WorkerInfo> workers);

// "42.3 %": of the samples counted; 100.0 % only when all are.
std::string percentText(const JobInfo& job);

}  // namespace pi::client
