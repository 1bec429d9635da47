// Helpers for the tests of the three command lines.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "common/cli/arguments.h"

namespace pi::cli {

// The error's sentence, which has to be one line; empty if there was no error.
template <typename Options>
std::string errorOf(const ParseResult<Options>& result) {
  const auto* error = std::get_if<OptionError>(&result);
  if (error == nullptr) return "";
  CHECK(error->sentence.find('\n') == std::string::npos);
  return error->sentence;
}

// The text of --help or --version; empty if none was asked for.
template <typename Options>
std::string shownBy(const ParseResult<Options>& result) {
  const auto* shown = std::get_if<ShowText>(&result);
  return shown == nullptr ? "" : shown->text;
}

// The options.  Fails the test if there was an error.
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
