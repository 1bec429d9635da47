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

namespace pi {

struct WorkerOptions {
  std::optional<Address> scheduler;           // Instead of the connection file's addresses.
  std::optional<std::string> connectionFile;  // Instead of the default one.
  AccessOptions access;
  std::uint32_t threads = 0;                         // 0: as many as the CPUs that it may use.
  std::string name;                                  // Empty: one of the worker's own choice.
  std::string kernel;                                // Empty: the fastest.
  Duration deathTimeout = std::chrono::seconds(60);  // 0: never give up.
  Duration lifetime{};                               // After which it drains; 0: none.
  cli::LogLevel logLevel = cli::LogLevel::kInfo;
};

// `arguments` without the program's name.
cli::ParseResult<WorkerOptions> parseWorkerOptions(const std::vector<std::string>& arguments);

}  // namespace pi
