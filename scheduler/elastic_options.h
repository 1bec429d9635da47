// The options of queues: --elastic, and the limits of the workers that it asks for.
#pragma once

#include <span>
#include <vector>

#include "common/cli/arguments.h"
#include "scheduler/allocation/core/queue_options.h"

namespace pi {

// As --help shows them.
std::span<const cli::Option> elasticOptionTable();

// The queues in the order of the command line.  Limits before the first --elastic are defaults for
// all queues; those after one are its own.
std::vector<allocation::QueueOptions> readQueues(cli::Arguments& given);

}  // namespace pi
