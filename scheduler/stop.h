// 'pi-scheduler stop': ends the scheduler that the connection file names.
#pragma once

#include "common/base/exit_code.h"
#include "scheduler/stop_options.h"

namespace pi::scheduler {

// Returns when the scheduler has ended, so that the next one can be started at once.
ExitCode stopRunning(const StopOptions& options);

}  // namespace pi::scheduler
