// The dashboard as a plain page: tables without a script, for every browser.
#pragma once

#include <span>
#include <string>

#include "common/model/job.h"
#include "common/model/scheduler_info.h"
#include "common/model/worker_info.h"

namespace pi::scheduler::http {

// `jobs`: the newest ones, the newest first.  The page asks for itself again every few seconds.
std::string plainPage(const SchedulerInfo& info, std::span<const JobInfo> jobs,
                      std::span<const WorkerInfo> workers);

}  // namespace pi::scheduler::http
