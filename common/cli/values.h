// Option values that more than one program uses, and how they are written.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/quantity.h"
#include "common/cli/arguments.h"

namespace pi::cli {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError, kOff };

enum class LogFormat { kText, kJson };

// A port in [0, 65535].
Parsed<std::uint16_t> parsePort(std::string_view text);

// A number of threads in [1, 4096], or 0 for "auto".
Parsed<std::uint32_t> parseThreads(std::string_view text);

Parsed<LogLevel> parseLogLevel(std::string_view text);

Parsed<LogFormat> parseLogFormat(std::string_view text);

// A duration longer than zero.
Parsed<Duration> parsePositiveDuration(std::string_view text);

// A text that is not empty and has no control characters: a path may have bytes that are no UTF-8.
Parsed<std::string> parseText(std::string_view text);

// A text that other people will see: UTF-8 that printable() leaves unchanged, of at most
// `bytesMax`.
Parsed<std::string> parseName(std::string_view text, std::size_t bytesMax);

inline constexpr Option kConnectionFileOption{
    .name = "connection-file",
    .value = "PATH",
    .help = "File with the scheduler's address and keys",
    .standard = "$PI_CONNECTION_FILE, else $XDG_STATE_HOME/pi/scheduler.json"};
inline constexpr std::array<std::string_view, 6> kLogLevelWords{"trace",   "debug", "info",
                                                                "warning", "error", "off"};
inline constexpr Option kLogLevelOption{
    .name = "log-level",
    .value = "L",
    .help = "Log level: trace, debug, info, warning, error, off",
    .standard = "info",
    .words = kLogLevelWords};

inline constexpr std::array<std::string_view, 2> kLogFormatWords{"text", "json"};
inline constexpr Option kLogFormatOption{
    .name = "log-format",
    .value = "F",
    .help = "Format of the log: text, or json: one object on each line",
    .standard = "text",
    .words = kLogFormatWords};

inline constexpr Placeholder kDurationPlaceholder{
    .name = "D", .help = "a duration: 90s, 1h30m, 01:30:00, or a number of seconds"};

}  // namespace pi::cli
