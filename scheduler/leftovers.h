// The text about what waits in a state directory for the next scheduler.
#pragma once

#include <cstdint>
#include <string>

#include "scheduler/service/shutdown.h"

namespace pi::scheduler {

// "2 unfinished jobs are kept; 3 workers wait for the next scheduler"
inline std::string leftoversText(const Leftovers& left) {
  auto counted = [](std::uint64_t count, const char* one, const char* many) {
    return std::to_string(count) + (count == 1 ? one : many);
  };
  std::string jobs =
      left.unfinishedJobs == 0
          ? "no unfinished job"
          : counted(left.unfinishedJobs, " unfinished job is kept", " unfinished jobs are kept");
  std::string workers = left.waitingWorkers == 0
                            ? "no worker waits"
                            : counted(left.waitingWorkers, " worker waits for the next scheduler",
                                      " workers wait for the next scheduler");
  return jobs + "; " + workers;
}

}  // namespace pi::scheduler
