// The options of 'pi-scheduler elastic'.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "common/cli/arguments.h"
#include "common/model/access.h"

namespace pi {

// Show or change the queues of a scheduler that runs.
struct ElasticCommand {
  enum class Action { kList, kPause, kResume, kDryRun };
  Action action = Action::kList;
  std::size_t queue = 0;  // Counted from 1; 0: all.
  std::string reason{};   // The reason of a pause; may be empty.
  bool json = false;
  std::optional<std::string> connectionFile{};  // None: the default one.
  AccessOptions access{};
};

// The options of the command, as its --help shows them.
std::span<const cli::Option> elasticCommandTable();

ElasticCommand readElasticCommand(cli::Arguments& given);

}  // namespace pi
