// Runs a scheduler until it is told to stop.
#pragma once

#include "common/base/exit_code.h"
#include "scheduler/options.h"

namespace pi::scheduler {

ExitCode serve(const ServeOptions& options);

// Ends the scheduler that the connection file names.
ExitCode stopRunning(const StopOptions& options);

}  // namespace pi::scheduler
