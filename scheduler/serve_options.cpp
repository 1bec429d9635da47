#include "scheduler/serve_options.h"

#include <arpa/inet.h>

#include <array>

#include "common/cli/access.h"

namespace pi {
namespace {

constexpr std::array kTable{
    cli::Option{"host", "ADDR", "Address to listen on (default: all addresses)"},
    cli::Option{"interface", "NAME", "Network interface to listen on (default: all)"},
    cli::Option{"port", "N",
                "Port to listen on (default: the one used last, or 8786;\n"
                "0: any free one)"},
    cli::Option{"state-dir", "DIR",
                "Directory for jobs and keys\n"
                "(default: where the connection file is)"},
    cli::kConnectionFileOption,
    cli::Option{"idle-timeout", "D",
                "Stop after this time without jobs and requests\n"
                "(default: 0, which means never)"},
    cli::Option{"contact-address", "ADDR",
                "Address for workers and clients that cannot use those of\n"
                "this machine (NAT, tunnel), as tcp://HOST:PORT; it comes\n"
                "first in the connection file"},
    cli::kLogLevelOption,
    cli::Option{"log-file", "PATH", "Append the log to this file (default: stderr)"},
    cli::Option{"pid-file", "PATH", "File for the process id, removed at the end"},
    cli::Option{"insecure", "", "No keys and no encryption, on this machine only"},
    cli::Option{"insecure-network", "", "With --insecure: on the whole network"},
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
    cli::Option{"silence-timeout", "D",
                "Give a worker's work to others, too, after this time\n"
                "without progress (default: 15s)"},
    cli::Option{"reconnect-grace", "D",
                "Keep the work of a worker that lost its connection for\n"
                "this time (default: 5s)"},
    cli::Option{"lease-target", "D", "Lend about this much work at a time (default: 250ms)",
                cli::Audience::kTests},
    cli::Option{"volatile", "", "Save no jobs: they end with the scheduler", cli::Audience::kTests},
};

bool isLoopback(const std::string& host) {
  in_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
  return host == "localhost" || host == "::1";
}

// Without keys, any peer that reaches the port may use it.  So the port is open beyond this machine
// only if the user asked for that.
bool reachesNetworkUnasked(const ServeOptions& options) {
  if (!options.access.insecure || options.insecureNetwork) return false;
  return options.interface.has_value() || (options.host && !isLoopback(*options.host));
}

}  // namespace

std::span<const cli::Option> serveOptionTable() { return kTable; }

ServeOptions readServeOptions(cli::Arguments& given) {
  ServeOptions options;
  options.access = cli::readAccess(given);
  options.isVolatile = given.has("volatile");
  options.insecureNetwork = given.has("insecure-network");
  if (options.insecureNetwork && !options.access.insecure) {
    given.fail("--insecure-network needs --insecure; write both, or better neither");
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
  given.read("contact-address", parseAddress, options.contactAddress);
  given.read("pid-file", cli::parseText, options.pidFile);
  given.read("log-file", cli::parseText, options.logFile);
  given.read("idle-timeout", parseDuration, options.idleTimeout);
  given.read("log-level", cli::parseLogLevel, options.logLevel);
  given.read("lease-target", cli::parsePositiveDuration, options.leaseTarget);
  given.read("silence-timeout", cli::parsePositiveDuration, options.silenceTimeout);
  given.read("reconnect-grace", parseDuration, options.reconnectGrace);
  return options;
}

}  // namespace pi
