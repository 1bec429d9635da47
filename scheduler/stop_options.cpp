#include "scheduler/stop_options.h"

#include <array>
#include <string_view>

#include "common/cli/access.h"
#include "common/cli/values.h"

namespace pi {
namespace {

constexpr std::array kTable{cli::Option{"workers", "", "With stop: end the workers, too"}};

constexpr std::array<std::string_view, 6> kAllowed{"connection-file", "workers", "tls-cert",
                                                   "tls-key",         "tls-ca",  "insecure"};

}  // namespace

std::span<const cli::Option> stopOptionTable() { return kTable; }

StopOptions readStopOptions(cli::Arguments& given) {
  StopOptions options;
  options.workers = given.has("workers");
  given.limitPositional(1);
  given.allowOnly(kAllowed, "stop");
  options.access = cli::readAccess(given);
  given.read("connection-file", cli::parseText, options.connectionFile);
  return options;
}

}  // namespace pi
