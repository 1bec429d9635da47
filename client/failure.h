// Why a command cannot be carried out.
#pragma once

#include <stdexcept>
#include <string>

#include "common/base/exit_code.h"

namespace pi::client {

// One sentence for the user, and what the program exits with.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace pi::client
