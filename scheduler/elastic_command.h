// 'pi-scheduler elastic': the owner looks at the queues of a running scheduler and changes them.
#pragma once

#include "common/base/exit_code.h"
#include "scheduler/elastic_command_options.h"

namespace pi::scheduler {

ExitCode commandQueues(const ElasticCommand& command);

}  // namespace pi::scheduler
