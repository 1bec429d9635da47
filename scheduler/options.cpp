#include "scheduler/options.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "common/base/printable.h"

namespace pi {
namespace {

constexpr std::string_view kUsage = R"(Usage:
  pi-scheduler                   give work to the workers, until it is told to stop
  pi-scheduler stop [--workers]  stop the scheduler, and with --workers its workers
  pi-scheduler access worker|client|owner [--rotate]
                                 print a connection file with that role's key, for
                                 another user; a file on stdout becomes private (0600)

SIGTERM and SIGINT stop the scheduler, too; logging out does not.  Its jobs stay in the
state directory, and the next start continues them.
A duration D is written 90s, 1h30m or 01:30:00.

Examples:
  pi-scheduler > scheduler.log 2>&1 &
  pi-scheduler --interface ib0 --idle-timeout 8h
  pi-scheduler stop --workers
  pi-scheduler access worker > worker.json

pi-scheduler stop --help and pi-scheduler access --help list the options of these commands.
)";

constexpr std::string_view kStopUsage = R"(Usage:
  pi-scheduler stop [--workers]

Stops the scheduler that the connection file names, and returns when it has ended.
Its jobs stay in the state directory, and the next start continues them.

Example:
  pi-scheduler stop --workers
)";

constexpr std::string_view kAccessUsage = R"(Usage:
  pi-scheduler access worker|client|owner [--rotate]

Prints a connection file with that role's key, for another user.  A file on stdout
becomes private (0600).

Examples:
  pi-scheduler access worker > worker.json
  pi-scheduler access client --rotate > client.json
)";

template <auto read>
SchedulerOptions readAs(cli::Arguments& given) {
  return read(given);
}

struct Command {
  std::string_view name;  // Empty: to serve.
  std::string_view usage;
  std::span<const cli::Option> (*options)();
  SchedulerOptions (*read)(cli::Arguments&);
};

constexpr std::array kCommands{
    Command{"", kUsage, serveOptionTable, readAs<readServeOptions>},
    Command{"stop", kStopUsage, stopOptionTable, readAs<readStopOptions>},
    Command{"access", kAccessUsage, accessOptionTable, readAs<readAccessCommand>},
};
constexpr const Command& kServe = kCommands[0];
static_assert(kCommands.size() == std::variant_size_v<SchedulerOptions>,
              "a command has no options");

cli::Program programOf(const Command& command) {
  return {.name = "pi-scheduler", .usage = command.usage, .options = command.options()};
}

bool takes(const Command& command, std::string_view option) {
  return std::ranges::any_of(command.options(),
                             [option](const cli::Option& each) { return each.name == option; });
}

// The options of all commands, each once.
std::vector<cli::Option> allOptions() {
  std::vector<cli::Option> all;
  for (const Command& command : kCommands) {
    for (const cli::Option& option : command.options()) {
      bool isNew = std::ranges::none_of(
          all, [&option](const cli::Option& other) { return other.name == option.name; });
      if (isNew) all.push_back(option);
    }
  }
  return all;
}

// An option that only other commands have is an error.
void refuseOptionsOfOthers(cli::Arguments& given, const Command& command) {
  for (const std::string& option : given.optionsGiven()) {
    if (takes(command, option)) continue;
    for (const Command& other : kCommands) {
      if (!takes(other, option)) continue;
      std::string owner(other.name);
      given.fail(command.name.empty() ? "--" + option + " is an option of " + owner
                                      : "--" + option + " cannot be used with " +
                                            std::string(command.name) + "; leave it out");
    }
  }
}

// The command on the command line.  Null after an error.
const Command* findCommand(cli::Arguments& given) {
  if (given.positional().empty()) return &kServe;
  const std::string& word = given.positional()[0];
  for (const Command& command : kCommands) {
    if (word == command.name && !word.empty()) return &command;
  }
  given.fail(quoted(word) +
             " is not a command; write stop, access, or nothing to start a scheduler");
  return nullptr;
}

}  // namespace

cli::ParseResult<SchedulerOptions> parseSchedulerOptions(
    const std::vector<std::string>& arguments) {
  const std::vector<cli::Option> options = allOptions();
  cli::Arguments given({.name = "pi-scheduler", .usage = kUsage, .options = options}, arguments);
  const Command* command = findCommand(given);
  if (command == nullptr) command = &kServe;
  given.showHelpOf(programOf(*command));
  refuseOptionsOfOthers(given, *command);
  return given.result(command->read(given));
}

}  // namespace pi
