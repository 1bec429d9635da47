// The commands of pi-client.  Each one prints its result on stdout and returns the exit code.  An
// error is thrown as Failure, net::ConnectError or kj::Exception; currentFailure() reads them all.
#pragma once

#include "client/options.h"
#include "common/base/exit_code.h"

namespace pi::client {

ExitCode run(const command::Run& command, const Options& options);
ExitCode run(const command::Submit& command, const Options& options);
ExitCode run(const command::List& command, const Options& options);
ExitCode run(const command::Status& command, const Options& options);
// kFailed if the job is not proven.
ExitCode run(const command::Audit& command, const Options& options);
ExitCode run(const command::Wait& command, const Options& options);
ExitCode run(const command::Extend& command, const Options& options);
ExitCode run(const command::Scaling& command, const Options& options);
ExitCode run(const command::Priority& command, const Options& options);
ExitCode run(const command::Cancel& command, const Options& options);
ExitCode run(const command::Workers& command, const Options& options);
ExitCode run(const command::Info& command, const Options& options);
ExitCode run(const command::Check& command, const Options& options);
ExitCode run(const command::Dashboard& command, const Options& options);
ExitCode run(const command::Trace& command, const Options& options);
ExitCode run(const command::Report& command, const Options& options);
ExitCode run(const command::Top& command, const Options& options);

}  // namespace pi::client
