// The exit codes of all programs.  Scripts rely on them: add new ones, never renumber.
#pragma once

namespace pi {

enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,  // The job failed or was cancelled; anything that has no code of its own.
  kUsage = 2,
  kNoScheduler = 3,  // No scheduler is reachable, or none was within the death timeout.
  kRefused = 4,      // The key is missing or wrong.
  kTimedOut = 5,
  kInterrupted = 130,
};

}  // namespace pi
