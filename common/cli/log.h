// The log of a program that runs in the background.
#pragma once

#include <optional>
#include <string>

#include "common/cli/values.h"

namespace pi::cli {

// Makes spdlog's default logger write lines with time (local, with its offset from UTC) and level
// to stderr, or to the end of a file.  The program continues when its terminal is closed or the
// disk is full; lines that a file does not take are lost, and stderr says so.  Throws
// std::runtime_error with one sentence if the file cannot be opened.
void startLog(LogLevel level, const std::optional<std::string>& file = std::nullopt);

}  // namespace pi::cli
