#include "scheduler/options.h"

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
)";

std::vector<cli::Option> allOptions() {
  std::vector<cli::Option> all;
  for (auto table : {serveOptionTable(), stopOptionTable(), accessOptionTable()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  return all;
}

SchedulerOptions readOptions(cli::Arguments& given) {
  if (given.positional().empty()) {
    if (given.has("workers")) given.fail("--workers goes with stop alone; leave it out");
    if (given.has("rotate")) given.fail("--rotate goes with access alone; leave it out");
    return readServeOptions(given);
  }
  const std::string& command = given.positional()[0];
  if (command == "stop") return readStopOptions(given);
  if (command == "access") return readAccessCommand(given);
  given.fail(quoted(command) +
             " is not a command; write stop, access, or nothing to start a scheduler");
  return {};
}

}  // namespace

cli::ParseResult<SchedulerOptions> parseSchedulerOptions(
    const std::vector<std::string>& arguments) {
  const std::vector<cli::Option> options = allOptions();
  cli::Arguments given({.name = "pi-scheduler", .usage = kUsage, .options = options}, arguments);
  SchedulerOptions read = readOptions(given);
  return given.result(read);
}

}  // namespace pi
