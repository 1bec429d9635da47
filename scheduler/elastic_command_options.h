// The options of 'pi-scheduler elastic'.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/cli/arguments.h"
#include "common/model/access.h"

namespace pi {

// Show or change the queues of a scheduler that runs.
struct ElasticCommand {
  enum class Action { kList, kPause, kResume, kDryRun };  // In the order of kElasticActions.
  Action action = Action::kList;
  std::size_t queue = 0;  // Counted from 1; 0: all.
  std::string reason{};   // The reason of a pause; may be empty.
  bool json = false;
  std::optional<std::string> connectionFile{};  // None: the default one.
  AccessOptions access{};
};

// The words that ACTION may be.
inline constexpr std::array<std::string_view, 4> kElasticActions{"list", "pause", "resume",
                                                                 "dry-run"};

// The options of the command, as its --help shows them.
std::span<const cli::Option> elasticCommandTable();

ElasticCommand readElasticCommand(cli::Arguments& given);

}  // namespace pi
