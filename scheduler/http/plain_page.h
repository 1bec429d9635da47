// The dashboard as a plain page: tables without a script, for every browser.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "common/model/job.h"
#include "common/model/scheduler_info.h"
#include "common/model/worker_info.h"
#include "scheduler/http/start_commands.h"

namespace pi::scheduler::http {

// All that the page shows.
struct PlainView {
  SchedulerInfo info;
  std::span<const JobInfo> jobs{};  // The newest ones, the newest first.
  std::uint64_t jobCount = 0;       // All jobs; the page says that some are left out.
  std::span<const WorkerInfo> workers{};
  std::uint64_t workerCount = 0;
  StartCommands commands = startCommands({});
};

// The page asks for itself again every few seconds.
std::string plainPage(const PlainView& view);

}  // namespace pi::scheduler::http
