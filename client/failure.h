// The error of a command.
#pragma once

#include <stdexcept>
#include <string>

#include "common/base/exit_code.h"

namespace pi::client {

// One sentence for the user, and the exit code of the program.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

// Turns the exception that is being handled into a Failure.  For use in a catch block only.
Failure currentFailure();

}  // namespace pi::client
