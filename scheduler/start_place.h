// Where the programs and files are that people need to start workers and jobs.
#pragma once

#include "scheduler/http/start_commands.h"
#include "scheduler/serve_options.h"

namespace pi::scheduler {

// As this process sees them: a program that its PATH has is named by its name.
http::StartPlace startPlaceOf(const ServeOptions& options);

}  // namespace pi::scheduler
