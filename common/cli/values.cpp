#include "common/cli/values.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/printable.h"

namespace pi::cli {

Parsed<std::uint16_t> parsePort(std::string_view text) {
  Parsed<std::uint64_t> number = parseWhole(text, 0, 65535);
  if (!number.value) return {.error = number.error};
  return {.value = static_cast<std::uint16_t>(*number.value)};
}

Parsed<std::uint32_t> parseThreads(std::string_view text) {
  if (text == "auto") return {.value = 0};
  Parsed<std::uint64_t> number = parseWhole(text, 1, 4096);
  if (!number.value) return {.error = number.error + ", or auto"};
  return {.value = static_cast<std::uint32_t>(*number.value)};
}

Parsed<LogLevel> parseLogLevel(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, LogLevel>, 6> kLevels{{
      {"trace", LogLevel::kTrace},
      {"debug", LogLevel::kDebug},
      {"info", LogLevel::kInfo},
      {"warning", LogLevel::kWarning},
      {"error", LogLevel::kError},
      {"off", LogLevel::kOff},
  }};
  for (auto [name, level] : kLevels) {
    if (text == name) return {.value = level};
  }
  return {.error = quoted(text) +
                   " is not a log level; write trace, debug, info, warning, error or off"};
}

Parsed<LogFormat> parseLogFormat(std::string_view text) {
  if (text == "text") return {.value = LogFormat::kText};
  if (text == "json") return {.value = LogFormat::kJson};
  return {.error = quoted(text) + " is not a log format; write text or json"};
}

Parsed<Duration> parsePositiveDuration(std::string_view text) {
  Parsed<Duration> parsed = parseDuration(text);
  if (!parsed.value || *parsed.value > Duration{}) return parsed;
  return {.error = quoted(text) + " must be longer than zero; write for example 90s or 1h30m"};
}

Parsed<std::string> parseText(std::string_view text) {
  if (text.empty()) return {.error = "\"\" is empty; write a value, or leave the option out"};
  if (std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7F; })) {
    return {.error = quoted(text) + " has control characters; leave them out"};
  }
  return {.value = std::string(text)};
}

Parsed<std::string> parseName(std::string_view text, std::size_t bytesMax) {
  if (text.size() > bytesMax) {
    return {.error =
                quoted(text) + " is too long; the limit is " + std::to_string(bytesMax) + " bytes"};
  }
  if (printable(text) != text) {
    return {.error = quoted(text) + " has characters that cannot be shown; leave them out"};
  }
  return parseText(text);
}

}  // namespace pi::cli
