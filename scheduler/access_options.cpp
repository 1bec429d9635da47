#include "scheduler/access_options.h"

#include <array>
#include <string_view>

#include "common/base/printable.h"
#include "common/cli/values.h"

namespace pi {
namespace {

constexpr std::array kTable{
    cli::Option{.name = "rotate",
                .help = "Replace the role's key first; the new one is valid from the scheduler's "
                        "next start on"},
    cli::kConnectionFileOption,
    cli::Option{.name = "state-dir",
                .value = "DIR",
                .help = "Directory with the scheduler's keys",
                .standard = "where the connection file is"},
};

Parsed<Role> parseRole(std::string_view text) {
  for (Role role : {Role::kWorker, Role::kClient, Role::kOwner, Role::kObserver}) {
    if (text == name(role)) return {.value = role};
  }
  return {.error = quoted(text) + " is not a role; write worker, client, owner or observer"};
}

}  // namespace

std::span<const cli::Option> accessOptionTable() { return kTable; }

AccessCommand readAccessCommand(cli::Arguments& given) {
  AccessCommand command;
  command.rotate = given.has("rotate");
  given.readPositional(0, "ROLE", parseRole, command.role);
  given.read("connection-file", cli::parseText, command.connectionFile);
  given.read("state-dir", cli::parseText, command.stateDir);
  return command;
}

}  // namespace pi
