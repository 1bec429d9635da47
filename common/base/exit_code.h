// What a program's exit code says.  Scripts rely on these: add, never renumber.
#pragma once

namespace pi {

enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,  // The job failed or was cancelled; anything that has no code of its own.
  kUsage = 2,
  kNoScheduler = 3,  // None reachable, or none within the death timeout.
  kRefused = 4,      // Key missing or wrong.
  kTimedOut = 5,
  kInterrupted = 130,
};

}  // namespace pi
