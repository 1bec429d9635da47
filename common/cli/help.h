// The text of --help, laid out from a program's table.
#pragma once

#include <cstddef>
#include <string>

#include "common/cli/program.h"

namespace pi::cli {

// The help of the whole program.  No line is longer than `columns`, if its words allow that.
std::string programHelp(const Program& program, std::size_t columns);

// The help of one command, with its own options.
std::string commandHelp(const Program& program, const Command& command, std::size_t columns);

}  // namespace pi::cli
