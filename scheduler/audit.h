// 'pi-scheduler audit': proves from a state directory that each sample of its jobs is counted once.
#pragma once

#include "common/base/exit_code.h"
#include "scheduler/audit_options.h"

namespace pi::scheduler {

// Prints a verdict for each job.  kFailed if a finished job is not proven, or if the jobs cannot be
// read.
ExitCode auditOffline(const AuditCommand& command);

}  // namespace pi::scheduler
