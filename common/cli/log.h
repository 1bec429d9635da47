// The log of a program that runs in the background.
#pragma once

#include "common/cli/values.h"

namespace pi::cli {

// Makes spdlog's default logger write lines with time and level to stderr.  Errors while writing
// the log are ignored: the program continues when its terminal is closed or the disk is full.
void startLog(LogLevel level);

}  // namespace pi::cli
