#include "scheduler/options.h"

#include <arpa/inet.h>

#include <array>
#include <string_view>
#include <utility>

#include "common/base/printable.h"
#include "common/cli/access.h"

namespace pi {
namespace {

constexpr std::string_view kUsage = R"(Usage:
  pi-scheduler                   hand out work to whoever has the keys, until it is told to stop
  pi-scheduler stop [--workers]  end it in order, and its workers too
  pi-scheduler access worker|client|owner [--rotate]
                                 print a connection file for that role alone, to hand to somebody;
                                 a plain file on stdout is made its owner's alone

Stops in order on SIGTERM and SIGINT, and survives logout; its jobs stay in the state directory.
Durations D are written 90s, 1h30m or 01:30:00.

Examples:
  pi-scheduler > scheduler.log 2>&1 &
  pi-scheduler --interface ib0 --idle-timeout 8h
  pi-scheduler stop --workers
  pi-scheduler access worker > worker.json
)";

constexpr std::array kOptions{
    cli::Option{"host", "ADDR", "Where to listen (default: all addresses)"},
    cli::Option{"interface", "NAME", "Where to listen, by network interface"},
    cli::Option{"port", "N", "Default: the one used last, else 8786; 0: any free one"},
    cli::Option{"state-dir", "DIR", "Where jobs are kept (default: beside the connection file)"},
    cli::kConnectionFileOption,
    cli::Option{"idle-timeout", "D", "Stop after so long with nothing to do; 0: never (default)"},
    cli::kLogLevelOption,
    cli::Option{"pid-file", "PATH", "Where to write the process id"},
    cli::Option{"insecure", "", "Without keys, for this machine alone"},
    cli::Option{"insecure-network", "", "With --insecure: without keys, for the whole network"},
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
    cli::Option{"workers", "", "With stop: end the workers too"},
    cli::Option{"silence-timeout", "D",
                "Lend a worker's work to others after so long without progress (default: 15s)"},
    cli::Option{"reconnect-grace", "D",
                "Keep the work of a worker whose connection is lost for so long (default: 5s)"},
    cli::Option{"rotate", "", "With access: make the role's key anew; counts from the next start"},
    cli::Option{"lease-target", "D"},
    cli::Option{"volatile", ""},
};

constexpr std::array<std::string_view, 6> kStopOptions{"connection-file", "workers", "tls-cert",
                                                       "tls-key",         "tls-ca",  "insecure"};
constexpr std::array<std::string_view, 3> kAccessOptions{"connection-file", "state-dir", "rotate"};

bool isLoopback(const std::string& host) {
  in_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
  return host == "localhost" || host == "::1";
}

// Without keys, whoever reaches the port may use it: beyond this machine only if that was meant.
bool reachesNetworkUnasked(const ServeOptions& options) {
  if (!options.access.insecure || options.insecureNetwork) return false;
  return options.interface || (options.host && !isLoopback(*options.host));
}

ServeOptions readServe(cli::Arguments& given) {
  ServeOptions options;
  options.access = cli::readAccess(given);
  options.isVolatile = given.has("volatile");
  options.insecureNetwork = given.has("insecure-network");
  if (given.has("workers")) given.fail("--workers goes with stop alone; leave it out");
  if (given.has("rotate")) given.fail("--rotate goes with access alone; leave it out");
  if (options.insecureNetwork && !options.access.insecure) {
    given.fail("--insecure-network goes with --insecure alone; write both, or better neither");
  }
  given.exclude("host", "interface");
  given.read("host", cli::parseText, options.host);
  given.read("interface", cli::parseText, options.interface);
  if (reachesNetworkUnasked(options)) {
    given.fail(
        "--insecure alone listens on this machine only; leave --host and --interface out, or add "
        "--insecure-network");
  }
  given.read("port", cli::parsePort, options.port);
  given.read("state-dir", cli::parseText, options.stateDir);
  given.read("connection-file", cli::parseText, options.connectionFile);
  given.read("pid-file", cli::parseText, options.pidFile);
  given.read("idle-timeout", parseDuration, options.idleTimeout);
  given.read("log-level", cli::parseLogLevel, options.logLevel);
  given.read("lease-target", cli::parsePositiveDuration, options.leaseTarget);
  given.read("silence-timeout", cli::parsePositiveDuration, options.silenceTimeout);
  given.read("reconnect-grace", parseDuration, options.reconnectGrace);
  return options;
}

StopOptions readStop(cli::Arguments& given) {
  StopOptions options;
  options.workers = given.has("workers");
  given.limitPositional(1);
  given.allowOnly(kStopOptions, "stop");
  options.access = cli::readAccess(given);
  given.read("connection-file", cli::parseText, options.connectionFile);
  return options;
}

Parsed<Role> parseRole(std::string_view text) {
  if (text == "worker") return {.value = Role::kWorker};
  if (text == "client") return {.value = Role::kClient};
  if (text == "owner") return {.value = Role::kOwner};
  return {.error = quoted(text) + " is not a role; write worker, client or owner"};
}

AccessCommand readAccessCommand(cli::Arguments& given) {
  AccessCommand command;
  command.rotate = given.has("rotate");
  given.limitPositional(2);
  given.allowOnly(kAccessOptions, "access");
  if (given.positional().size() < 2) {
    given.fail("access needs a role; write worker, client or owner");
  }
  given.readPositional(1, "role", parseRole, command.role);
  given.read("connection-file", cli::parseText, command.connectionFile);
  given.read("state-dir", cli::parseText, command.stateDir);
  return command;
}

SchedulerOptions readOptions(cli::Arguments& given) {
  if (given.positional().empty()) return readServe(given);
  const std::string& verb = given.positional()[0];
  if (verb == "stop") return readStop(given);
  if (verb == "access") return readAccessCommand(given);
  given.fail(quoted(verb) + " is no command; write stop, access, or nothing to start a scheduler");
  return {};
}

}  // namespace

cli::ParseResult<SchedulerOptions> parseSchedulerOptions(
    const std::vector<std::string>& arguments) {
  cli::Arguments given({.name = "pi-scheduler", .usage = kUsage, .options = kOptions}, arguments);
  SchedulerOptions options = readOptions(given);
  return given.result(options);
}

}  // namespace pi
