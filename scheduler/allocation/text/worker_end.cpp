#include "scheduler/allocation/text/worker_end.h"

#include "common/base/exit_code.h"

namespace pi::allocation {

std::string whyWorkerFailed(int exitCode, int signal) {
  if (signal != 0) return "signal " + std::to_string(signal) + " ended it";
  if (exitCode == static_cast<int>(ExitCode::kNoScheduler)) {
    return "its worker did not reach the scheduler (exit code 3)";
  }
  if (exitCode == static_cast<int>(ExitCode::kRefused)) {
    return "the scheduler refused its worker's key (exit code 4)";
  }
  return "it failed with exit code " + std::to_string(exitCode);
}

}  // namespace pi::allocation
