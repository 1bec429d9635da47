// The log of a program that runs in the background.
#pragma once

#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/cli/values.h"

namespace pi::cli {

// Makes spdlog's default logger write to stderr, or to the end of a file.  A line of text has the
// time (local, with its offset from UTC) and the level in front.  A line of JSON is an object with
// the fields time (UTC), level, text, and, if it is about a job or a worker (LogAbout), job, worker
// and worker_text.  The program continues when its terminal is closed or the
// disk is full; lines that a file does not take are lost, and stderr says so.  Throws
// std::runtime_error with one sentence if the file cannot be opened.
void startLog(LogLevel level, LogFormat format,
              const std::optional<std::string>& file = std::nullopt);

// A line of the log as JSON, for what a program tells its user beside the log.
std::string logLineAsJson(WallTime time, const std::string& text);

}  // namespace pi::cli
