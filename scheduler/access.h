// 'pi-scheduler access': a connection file for one role, for another user.
#pragma once

#include "common/base/exit_code.h"
#include "scheduler/access_options.h"

namespace pi::scheduler {

// Prints the file to stdout.
ExitCode printAccess(const AccessCommand& command);

}  // namespace pi::scheduler
