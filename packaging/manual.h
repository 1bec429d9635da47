// The manual page of a program, laid out from its table.
#pragma once

#include <string>
#include <string_view>

#include "common/cli/program.h"

namespace pi::packaging {

struct Edition {
  std::string_view version;  // "1.2.3"
  std::string_view date;     // "2026-01-31"
};

// The page as text for man (roff with the macros "man").
std::string manualPage(const cli::Program& program, const Edition& edition);

}  // namespace pi::packaging
