// Messages of a command of pi-scheduler for its user.
#pragma once

#include <cstdio>
#include <optional>
#include <string>

#include "common/base/exit_code.h"
#include "common/cli/terminal.h"

namespace pi::scheduler {

// Prints the sentence on stderr as one line and returns `code`.
inline ExitCode report(const std::string& sentence, ExitCode code) {
  std::fprintf(stderr, "pi-scheduler: %s\n", sentence.c_str());
  return code;
}

// Prints the result of a command, whole lines, on stdout.  Reports it if that fails.
inline ExitCode tell(const std::string& lines) {
  std::optional<std::string> failure = cli::writeToStdout(lines);
  return failure ? report(*failure, ExitCode::kFailed) : ExitCode::kDone;
}

}  // namespace pi::scheduler
