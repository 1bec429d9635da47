// The command line of pi-scheduler: to serve, or one of its commands.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "common/cli/arguments.h"
#include "scheduler/access_options.h"
#include "scheduler/audit_options.h"
#include "scheduler/elastic_command_options.h"
#include "scheduler/serve_options.h"
#include "scheduler/stop_options.h"

namespace pi {

using SchedulerOptions =
    std::variant<ServeOptions, StopOptions, AccessCommand, AuditCommand, ElasticCommand>;

// The table of its commands and options, from which --help is made.
cli::Program schedulerCommandTable();

// `arguments` without the program's name.
cli::ParseResult<SchedulerOptions> parseSchedulerOptions(const std::vector<std::string>& arguments);

}  // namespace pi
