// Messages of a command of pi-scheduler for its user.
#pragma once

#include <cstdio>
#include <string>

#include "common/base/exit_code.h"

namespace pi::scheduler {

// Prints the sentence on stderr as one line and returns `code`.
inline ExitCode report(const std::string& sentence, ExitCode code) {
  std::fprintf(stderr, "pi-scheduler: %s\n", sentence.c_str());
  return code;
}

// Prints the result of a command on stdout as one line.
inline ExitCode tell(const std::string& sentence) {
  std::fprintf(stdout, "%s\n", sentence.c_str());
  return ExitCode::kDone;
}

}  // namespace pi::scheduler
