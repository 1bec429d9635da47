// The command line of pi-scheduler.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/cli/arguments.h"
#include "common/cli/values.h"
#include "common/model/access.h"

namespace pi {

struct ServeOptions {
  std::optional<std::string> host;       // Where to listen; with neither of the two, everywhere.
  std::optional<std::string> interface;  // The same, by the network interface's name.
  std::optional<std::uint16_t> port;     // 0: any free one.  None: the one used last, else 8786.
  std::optional<std::string> stateDir;   // None: beside the connection file.
  std::optional<std::string> connectionFile;  // None: the default one.
  std::optional<std::string> pidFile;
  Duration idleTimeout{};  // Ends after so long without a job or a client; 0: never.
  cli::LogLevel logLevel = cli::LogLevel::kInfo;
  AccessOptions access;
  bool insecureNetwork = false;  // Without keys beyond this machine; only if insecure.
  // For tests and benchmarks; none: as the scheduler sees fit.
  std::optional<Duration> leaseTarget;
  std::optional<Duration> silenceTimeout;
  std::optional<Duration> reconnectGrace;
  bool isVolatile = false;  // Saves no jobs.
};

// Print a connection file for one role.
struct AccessCommand {
  Role role = Role::kWorker;                  // Or a client, or the owner.
  bool rotate = false;                        // Make its key anew.
  std::optional<std::string> connectionFile;  // None: the default one.
  std::optional<std::string> stateDir;        // None: beside the connection file.
};

// End the scheduler that the connection file names.
struct StopOptions {
  std::optional<std::string> connectionFile;  // None: the default one.
  bool workers = false;                       // Its workers too.
  AccessOptions access;
};

using SchedulerOptions = std::variant<ServeOptions, StopOptions, AccessCommand>;

// `arguments` without the program's name.
cli::ParseResult<SchedulerOptions> parseSchedulerOptions(const std::vector<std::string>& arguments);

}  // namespace pi
