#include "scheduler/stop_options.h"

#include <array>

#include "common/cli/access.h"
#include "common/cli/values.h"

namespace pi {
namespace {

constexpr std::array kTable{
    cli::Option{.name = "workers", .help = "End the workers, too"},
    cli::kConnectionFileOption,
    cli::kInsecureOption,
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
};

}  // namespace

std::span<const cli::Option> stopOptionTable() { return kTable; }

StopOptions readStopOptions(cli::Arguments& given) {
  StopOptions options;
  options.workers = given.has("workers");
  options.access = cli::readAccess(given);
  given.read("connection-file", cli::parseText, options.connectionFile);
  return options;
}

}  // namespace pi
