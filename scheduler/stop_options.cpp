#include "scheduler/stop_options.h"

#include <array>

#include "common/cli/access.h"
#include "common/cli/values.h"

namespace pi {
namespace {

constexpr std::array kTable{
    cli::Option{"workers", "", "End the workers, too"},
    cli::kConnectionFileOption,
    cli::Option{"insecure", "", "Connect without a key, to a scheduler started with --insecure"},
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
};

}  // namespace

std::span<const cli::Option> stopOptionTable() { return kTable; }

StopOptions readStopOptions(cli::Arguments& given) {
  StopOptions options;
  options.workers = given.has("workers");
  given.limitPositional(1);
  options.access = cli::readAccess(given);
  given.read("connection-file", cli::parseText, options.connectionFile);
  return options;
}

}  // namespace pi
