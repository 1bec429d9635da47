// What pi-client can be told to do.  Each prints its result on stdout and says what to exit with;
// what goes wrong is thrown as Failure.
#pragma once

#include "client/options.h"
#include "common/base/exit_code.h"

namespace pi::client {

ExitCode perform(const command::Run& run, const Options& options);
ExitCode perform(const command::Submit& submit, const Options& options);
ExitCode perform(const command::List& list, const Options& options);
ExitCode perform(const command::Status& status, const Options& options);
ExitCode perform(const command::Wait& wait, const Options& options);
ExitCode perform(const command::Cancel& cancel, const Options& options);
ExitCode perform(const command::Workers& workers, const Options& options);

}  // namespace pi::client
