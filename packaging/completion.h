// Completion of a program's command line in three shells, made from its table.
#pragma once

#include <string>

#include "common/cli/program.h"

namespace pi::packaging {

// Each is a file that the shell reads.
std::string bashCompletion(const cli::Program& program);
std::string zshCompletion(const cli::Program& program);
std::string fishCompletion(const cli::Program& program);

}  // namespace pi::packaging
