// The command line of pi-worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/cli/arguments.h"
#include "common/cli/values.h"
#include "common/model/access.h"
#include "worker/devices/choice.h"

namespace pi {

struct WorkerOptions {
  std::optional<Address> scheduler;           // None: the addresses in the connection file.
  std::optional<std::string> connectionFile;  // None: the default one.
  AccessOptions access;
  std::uint32_t threads = 0;  // 0: one for each usable CPU.
  std::string name;           // Empty: host name and process id.
  std::string kernel;         // Empty: the fastest one.
  worker::DeviceChoice devices;
  Duration deathTimeout = std::chrono::seconds(60);  // 0: no limit.
  Duration lifetime{};                               // Then it drains; 0: no limit.
  bool check = false;                                // Only say whether the scheduler can be used.
  cli::LogLevel logLevel = cli::LogLevel::kInfo;
  cli::LogFormat logFormat = cli::LogFormat::kText;
};

// The table of its options, from which --help is made.
cli::Program workerCommandTable();

// `arguments` does not contain the program's name.
cli::ParseResult<WorkerOptions> parseWorkerOptions(const std::vector<std::string>& arguments);

}  // namespace pi
