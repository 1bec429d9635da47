// The options of a scheduler that serves.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/cli/arguments.h"
#include "common/cli/values.h"
#include "common/model/access.h"
#include "scheduler/allocation/core/queue_options.h"

namespace pi {

// Where the dashboard, the API and the metrics are served.
struct DashboardOptions {
  bool isOff = false;
  std::string host = "127.0.0.1";    // Another one than this machine's own is served by HTTPS.
  std::uint16_t port = 8787;         // If it is taken, the next free one is used.  0: any free one.
  std::vector<std::string> names{};  // Further names by which browsers know this machine.
};

struct ServeOptions {
  // Where to listen: an address, or the name of a network interface; everywhere without both.
  std::optional<std::string> host{};
  std::optional<std::string> interface {};
  std::optional<std::uint16_t> port{};          // 0: any free one.  None: the last one, or 8786.
  std::optional<std::string> stateDir{};        // None: beside the connection file.
  std::optional<std::string> connectionFile{};  // None: the default one.
  // Another address for peers: a NAT's, a tunnel's.  Port 0: the one that is listened on.
  std::optional<Address> contactAddress{};
  DashboardOptions dashboard{};
  std::optional<std::string> pidFile{};
  std::optional<std::string> logFile{};  // None: stderr.
  Duration idleTimeout{};  // Stop after this time without a job or a request; 0: never.
  cli::LogLevel logLevel = cli::LogLevel::kInfo;
  cli::LogFormat logFormat = cli::LogFormat::kText;
  AccessOptions access{};
  bool insecureNetwork = false;                    // Without keys, and not on this machine alone.
  std::vector<allocation::QueueOptions> queues{};  // From which workers are asked for.
  // For tests and benchmarks; none: the scheduler's defaults.
  std::optional<Duration> leaseTarget{};
  std::optional<Duration> silenceTimeout{};
  std::optional<Duration> reconnectGrace{};
  bool isVolatile = false;  // No job is saved.
};

// The options of a scheduler that serves, as --help shows them.
std::span<const cli::Option> serveOptionTable();

ServeOptions readServeOptions(cli::Arguments& given);

}  // namespace pi
