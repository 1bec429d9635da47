#include "common/cli/values.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/printable.h"

namespace pi::cli {
namespace {

bool isHostChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._:%").find(c) != std::string_view::npos;
}

}  // namespace

Parsed<Address> parseAddress(std::string_view text) {
  Parsed<Address> refused{.error = quoted(text) +
                                   " is not an address; write for example tcp://login1:8786"};
  std::string_view rest = text;
  if (rest.starts_with("tcp://")) rest.remove_prefix(6);
  bool bracketed = rest.starts_with('[');
  // A host with several colons and no brackets would leave open where its port begins.
  if (!bracketed && std::count(rest.begin(), rest.end(), ':') > 1) return refused;
  std::size_t hostEnd = bracketed ? rest.find(']') : std::min(rest.find(':'), rest.size());
  if (hostEnd == std::string_view::npos) return refused;
  std::string_view host = bracketed ? rest.substr(1, hostEnd - 1) : rest.substr(0, hostEnd);
  std::string_view port = rest.substr(hostEnd + (bracketed ? 1 : 0));
  bool plain = std::all_of(host.begin(), host.end(), isHostChar);
  if (host.empty() || !plain || host.starts_with('-')) return refused;
  Address address{.host = std::string(host)};
  if (port.empty()) return {.value = std::move(address)};
  if (port[0] != ':') return refused;
  Parsed<std::uint64_t> number = parseWhole(port.substr(1), 1, 65535);
  if (!number.value) return refused;
  address.port = static_cast<std::uint16_t>(*number.value);
  return {.value = std::move(address)};
}

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
  return {.error =
              quoted(text) + " is no log level; write trace, debug, info, warning, error or off"};
}

Parsed<Duration> parseSpan(std::string_view text) {
  Parsed<Duration> parsed = parseDuration(text);
  if (!parsed.value || *parsed.value > Duration{}) return parsed;
  return {.error = quoted(text) + " is no time at all; write for example 90s or 1h30m"};
}

Parsed<std::string> parseText(std::string_view text) {
  if (text.empty()) return {.error = "\"\" is empty; write something, or leave the option out"};
  if (printable(text) != text) {
    return {.error = quoted(text) + " has control characters in it; leave them out"};
  }
  return {.value = std::string(text)};
}

}  // namespace pi::cli
