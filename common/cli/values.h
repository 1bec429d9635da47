// Values that the options of more than one program take, and how they are written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/quantity.h"
#include "common/cli/arguments.h"

namespace pi::cli {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError, kOff };

// A port in [0, 65535].
Parsed<std::uint16_t> parsePort(std::string_view text);

// "auto", which is 0, or a number from 1 to 4096.
Parsed<std::uint32_t> parseThreads(std::string_view text);

Parsed<LogLevel> parseLogLevel(std::string_view text);

// A duration longer than zero.
Parsed<Duration> parseSpan(std::string_view text);

// Any text but an empty one, or one that has control characters.
Parsed<std::string> parseText(std::string_view text);

inline constexpr Option kConnectionFileOption{
    .name = "connection-file",
    .value = "PATH",
    .help =
        "Says how to find the scheduler (default:\n"
        "$PI_CONNECTION_FILE, else $XDG_STATE_HOME/pi/scheduler.json)"};
inline constexpr Option kLogLevelOption{
    .name = "log-level",
    .value = "L",
    .help = "trace, debug, info, warning, error or off (default: info)"};

}  // namespace pi::cli
