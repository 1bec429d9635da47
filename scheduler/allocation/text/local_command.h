// Workers on this machine: their command line, and how they are found by it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scheduler/allocation/core/batch_system.h"
#include "scheduler/allocation/text/slurm_command.h"

namespace pi::allocation {

// The first option of pi-worker that a queue may not have, as a sentence with the remedy; null if
// there is none.
std::optional<std::string> workerOptionFault(const Words& options);

// pi-worker, named like the allocation.
Words workerWords(const AllocationRequest& request, const WorkerStart& start);

// The name of the allocation that a process is, by its command line as /proc has it: words that end
// with a zero byte.  Null for other programs.
std::optional<std::string> allocationIn(std::string_view commandLine);

// The status of a worker that ended with this exit code, or by this signal if it is not 0.
BatchStatus endedWorker(const std::string& name, const std::string& id, int exitCode, int signal);

}  // namespace pi::allocation
