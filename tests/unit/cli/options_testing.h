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
  CHECK(result.error.find('\n') == std::string::npos);
  return result.error;
}

// The text of --help or --version, 80 columns wide; empty if none was asked for.
template <typename Options>
std::string shownBy(const ParseResult<Options>& result) {
  const auto* shown = result.value ? std::get_if<ShowText>(&*result.value) : nullptr;
  return shown == nullptr ? "" : shown->text(80);
}

// The options.  Fails the test if there was an error.
template <typename Options>
Options accepted(const ParseResult<Options>& result) {
  REQUIRE(errorOf(result) == "");
  REQUIRE(result.value);
  REQUIRE(std::holds_alternative<Options>(*result.value));
  return std::get<Options>(*result.value);
}

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace pi::cli
