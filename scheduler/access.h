// 'pi-scheduler access': a connection file for one role alone, to hand to somebody.
#pragma once

#include "common/base/exit_code.h"
#include "scheduler/options.h"

namespace pi::scheduler {

// Prints it to stdout.
ExitCode printAccess(const AccessCommand& command);

}  // namespace pi::scheduler
