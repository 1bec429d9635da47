// The options of 'pi-scheduler stop'.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "common/cli/arguments.h"
#include "common/model/access.h"

namespace pi {

struct StopOptions {
  std::optional<std::string> connectionFile{};  // None: the default one.
  bool workers = false;                         // End the workers, too.
  AccessOptions access{};
};

// The options of the command, as its --help shows them.
std::span<const cli::Option> stopOptionTable();

StopOptions readStopOptions(cli::Arguments& given);

}  // namespace pi
