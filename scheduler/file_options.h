// The files that the options of a scheduler name.
#pragma once

#include <filesystem>

#include "scheduler/serve_options.h"

namespace pi::scheduler {

// The connection file that the options name, or the default one, with its whole path.  Throws
// net::ConnectionFileError if it has none.
std::filesystem::path connectionFileOf(const ServeOptions& options);

// The state directory that the options name, or the directory of the connection file.
std::filesystem::path stateDirectoryOf(const ServeOptions& options);

// Throws std::runtime_error with one sentence if a file that the scheduler writes (its log, its
// process id, its connection file) is also another one of these, a file of the state directory, or
// a certificate or key that the options name: one would destroy the other.  Other paths to the same
// file are noticed, too.
void refuseSharedFiles(const ServeOptions& options);

}  // namespace pi::scheduler
