// The options of 'pi-scheduler access'.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "common/cli/arguments.h"
#include "common/model/access.h"

namespace pi {

// Print a connection file for one role.
struct AccessCommand {
  Role role = Role::kWorker;                    // kWorker, kClient, kOwner or kObserver.
  bool rotate = false;                          // Replace the role's key first.
  std::optional<std::string> connectionFile{};  // None: the default one.
  std::optional<std::string> stateDir{};        // None: beside the connection file.
};

// The options of the command, as its --help shows them.
std::span<const cli::Option> accessOptionTable();

AccessCommand readAccessCommand(cli::Arguments& given);

}  // namespace pi
