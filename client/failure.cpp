#include "client/failure.h"

#include <kj/exception.h>

#include <exception>

#include "common/net/loop/process_limits.h"
#include "common/net/transport/connect_error.h"

namespace pi::client {
namespace {

ExitCode exitCodeOf(net::ConnectFailure kind) {
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
      return ExitCode::kNoScheduler;
  }
  return ExitCode::kFailed;
}

}  // namespace

Failure currentFailure() {
  try {
    throw;
  } catch (const Failure& failure) {
    return failure;
  } catch (const net::ConnectError& error) {
    return Failure(exitCodeOf(error.kind()), error.what());
  } catch (const kj::Exception& error) {
    if (net::isUnknownCall(error)) {
      return Failure(ExitCode::kFailed,
                     "the scheduler is of an earlier release and does not know this request; "
                     "update it, or use the pi-client of its release");
    }
    if (!net::isLost(error)) return Failure(ExitCode::kFailed, net::sentenceOf(error));
    return Failure(ExitCode::kNoScheduler,
                   "the connection to the scheduler was lost; check its log, and start it again");
  } catch (const std::exception& error) {  // No memory, no threads, no files.
    return Failure(ExitCode::kFailed, net::sentenceOf(error));
  }
}

}  // namespace pi::client
