// What the tests of all three command lines ask of a result.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "common/cli/arguments.h"

namespace pi::cli {

// The error's sentence; empty if there was none.  It has to be one line.
template <typename Options>
std::string errorOf(const ParseResult<Options>& result) {
  const auto* error = std::get_if<OptionError>(&result);
  if (error == nullptr) return "";
  CHECK(error->sentence.find('\n') == std::string::npos);
  return error->sentence;
}

// The text that was asked for; empty if none was.
template <typename Options>
std::string shownBy(const ParseResult<Options>& result) {
  const auto* shown = std::get_if<ShowText>(&result);
  return shown == nullptr ? "" : shown->text;
}

// The options, which have to be fine.
template <typename Options>
Options accepted(const ParseResult<Options>& result) {
  REQUIRE(errorOf(result) == "");
  REQUIRE(std::holds_alternative<Options>(result));
  return std::get<Options>(result);
}

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace pi::cli
