// Why a command cannot be carried out.
#pragma once

#include <stdexcept>
#include <string>

#include "common/base/exit_code.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

// One sentence for the user, and what the program exits with.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

// What the programs exit with when the scheduler cannot be talked to.
inline ExitCode exitCodeOf(net::ConnectFailure kind) {
  switch (kind) {
    case net::ConnectFailure::kRefused:
      return ExitCode::kRefused;
    case net::ConnectFailure::kTimedOut:
      return ExitCode::kTimedOut;
    case net::ConnectFailure::kUnreachable:
    case net::ConnectFailure::kNotAScheduler:
    case net::ConnectFailure::kSilent:
    case net::ConnectFailure::kFull:
    case net::ConnectFailure::kLost:
      break;
  }
  return ExitCode::kNoScheduler;
}

}  // namespace pi::client
