// The log of a program that runs in the background: lines on stderr.
#pragma once

#include "common/cli/values.h"

namespace pi::cli {

// From here on spdlog's default logger writes lines with time and level to stderr.  A log that can
// no longer be written, because its terminal or disk is gone, stops nobody.
void startLog(LogLevel level);

}  // namespace pi::cli
