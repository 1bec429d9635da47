// The text of --help, laid out from a program's table.
#pragma once

#include <cstddef>
#include <string>

#include "common/cli/program.h"

namespace pi::cli {

// Every command takes these two.
inline constexpr Option kHelpOption{
    .name = "help", .help = "Print this help and exit", .letter = 'h'};
inline constexpr Option kVersionOption{
    .name = "version",
    .help = "Print the versions of program, protocol and stream, and the commit, and exit",
    .letter = 'V'};

// The help of the whole program.  No line is longer than `columns`, if its words allow that.
std::string programHelp(const Program& program, std::size_t columns);

// The help of one command, with its own options.
std::string commandHelp(const Program& program, const Command& command, std::size_t columns);

}  // namespace pi::cli
