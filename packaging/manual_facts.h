// The facts that a manual page has besides the table of a program.
#pragma once

#include <span>
#include <string_view>

#include "common/cli/program.h"

namespace pi::packaging {

// Each is empty for a program that is none of ours.
std::span<const cli::Placeholder> exitCodesOf(std::string_view program);
std::span<const cli::Placeholder> environmentOf(std::string_view program);
std::span<const cli::Placeholder> filesOf(std::string_view program);

}  // namespace pi::packaging
