// The table of pi-client's commands and options, from which --help is made.
#pragma once

#include "common/cli/program.h"

namespace pi::client {

cli::Program commandTable();

}  // namespace pi::client
