#include "scheduler/serve_options.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>

#include "common/base/loopback.h"
#include "common/base/printable.h"
#include "common/cli/access.h"
#include "scheduler/elastic_options.h"

namespace pi {
namespace {

constexpr std::array kDashboardWords{std::string_view("none")};

constexpr std::array kTable{
    cli::Option{.name = "host",
                .value = "ADDR",
                .help = "Address to listen on",
                .standard = "all addresses"},
    cli::Option{.name = "interface",
                .value = "NAME",
                .help = "Network interface to listen on, at the addresses that it has at the start",
                .standard = "all"},
    cli::Option{.name = "port",
                .value = "N",
                .help = "Port to listen on; 0: any free one",
                .standard = "that of the first start, which is 8786 if it was free"},
    cli::Option{.name = "state-dir",
                .value = "DIR",
                .help = "Directory for jobs and keys",
                .standard = "where the connection file is"},
    cli::kConnectionFileOption,
    cli::Option{.name = "idle-timeout",
                .value = "D",
                .help = "Stop after this time without jobs and requests; 0: never",
                .standard = "0"},
    cli::Option{.name = "contact-address",
                .value = "ADDR",
                .help = "Address for workers and clients that cannot use those of this machine "
                        "(NAT, tunnel), as tcp://HOST:PORT; without a port, the one that the "
                        "scheduler listens on; it comes first in the connection file"},
    cli::Option{.name = "dashboard-address",
                .value = "HOST:PORT",
                .help = "Where browsers and monitors find the dashboard, by HTTPS if that is not "
                        "this machine alone; a taken port: the next free one; none: no dashboard",
                .standard = "127.0.0.1:8787",
                .words = kDashboardWords},
    cli::Option{.name = "dashboard-host",
                .value = "NAME",
                .help = "Another name that browsers may use for the dashboard; may be repeated"},
    cli::kLogLevelOption,
    cli::kLogFormatOption,
    cli::Option{.name = "log-file",
                .value = "PATH",
                .help = "Append the log to this file",
                .standard = "stderr"},
    cli::Option{
        .name = "pid-file", .value = "PATH", .help = "File for the process id, removed at the end"},
    cli::Option{.name = "insecure", .help = "No keys and no encryption, on this machine only"},
    cli::Option{.name = "insecure-network", .help = "With --insecure: on the whole network"},
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
    cli::Option{.name = "silence-timeout",
                .value = "D",
                .help = "Give a worker's work to others, too, after this time without progress, or "
                        "longer with over 1,000 workers",
                .standard = "15s"},
    cli::Option{.name = "reconnect-grace",
                .value = "D",
                .help = "Keep the work of a worker that lost its connection for this time",
                .standard = "5s"},
    cli::Option{.name = "lease-target",
                .value = "D",
                .help = "Lend about this much work at a time",
                .standard = "250ms",
                .audience = cli::Audience::kTests},
    cli::Option{.name = "volatile",
                .help = "Save no jobs: they end with the scheduler",
                .audience = cli::Audience::kTests},
};

// Without keys, any peer that reaches the port may use it.  So the port is open beyond this machine
// only if the user asked for that.
bool reachesNetworkUnasked(const ServeOptions& options) {
  if (!options.access.insecure || options.insecureNetwork) return false;
  return options.interface.has_value() || (options.host && !isLoopback(*options.host));
}

// An address without a port gets port 0, which stands for the one that is listened on.
Parsed<Address> parseContactAddress(std::string_view text) {
  Parsed<Address> contact = parseAddress(text);
  if (text.ends_with('/')) text.remove_suffix(1);
  bool hasNoPort = parseAddress(std::string(text) + ":1").value.has_value();
  if (contact.value && hasNoPort) contact.value->port = 0;
  return contact;
}

// HOST:PORT, HOST or none.
Parsed<DashboardOptions> parseDashboardAddress(std::string_view text) {
  DashboardOptions options;
  if (text == "none") {
    options.isOff = true;
    return {.value = options};
  }
  // Port 0, which no other address has, is written like any other one.
  bool isAnyPort = text.ends_with(":0");
  Parsed<Address> address = parseAddress(isAnyPort ? std::string(text) + "1" : std::string(text));
  bool isNumber = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  if (!address.value || isNumber) {
    return {.error = quoted(text) +
                     " is not an address; write HOST:PORT, such as 127.0.0.1:8787, or none"};
  }
  bool hasPort = parseAddress(std::string(text) + ":1").value == std::nullopt;
  options.host = address.value->host;
  if (hasPort) options.port = isAnyPort ? std::uint16_t{0} : address.value->port;
  return {.value = std::move(options)};
}

// A name as it is in a URL.
Parsed<std::string> parseHostName(std::string_view text) {
  bool isName = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
  if (isName) return {.value = std::string(text)};
  return {.error = quoted(text) + " is not a host name; write one such as login1.example.org"};
}

}  // namespace

std::span<const cli::Option> serveOptionTable() {
  static const std::vector<cli::Option> kAll = [] {
    std::vector<cli::Option> all(kTable.begin(), kTable.end());
    std::ranges::copy(elasticOptionTable(), std::back_inserter(all));
    return all;
  }();
  return kAll;
}

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
  given.read("contact-address", parseContactAddress, options.contactAddress);
  given.read("dashboard-address", parseDashboardAddress, options.dashboard);
  bool isOpen = !options.dashboard.isOff && !isLoopback(options.dashboard.host);
  if (isOpen && options.access.insecure && !options.insecureNetwork) {
    given.fail(
        "--insecure alone serves the dashboard on this machine only; leave --dashboard-address "
        "out, or add --insecure-network");
  }
  given.readEach("dashboard-host", parseHostName, options.dashboard.names);
  given.read("pid-file", cli::parseText, options.pidFile);
  given.read("log-file", cli::parseText, options.logFile);
  given.read("idle-timeout", parseDuration, options.idleTimeout);
  given.read("log-level", cli::parseLogLevel, options.logLevel);
  given.read("log-format", cli::parseLogFormat, options.logFormat);
  options.queues = readQueues(given);
  if (!options.queues.empty() && options.access.insecure) {
    given.fail(
        "--elastic starts programs because clients ask for work, so clients need keys; leave "
        "--insecure out");
  }
  if (!options.queues.empty() && options.isVolatile) {
    given.fail(
        "--elastic keeps its allocations and node-hours in the state directory, and --volatile "
        "saves "
        "nothing; leave --volatile out");
  }
  bool usesSlurm = std::ranges::find(options.queues, "slurm", &allocation::QueueOptions::system) !=
                   options.queues.end();
  if (usesSlurm && options.access.certificates) {
    given.fail(
        "--elastic slurm gives workers the keys of the connection file, so it cannot be used with "
        "--tls-cert; leave the certificates out, or start workers by sbatch");
  }
  given.read("lease-target", cli::parsePositiveDuration, options.leaseTarget);
  given.read("silence-timeout", cli::parsePositiveDuration, options.silenceTimeout);
  given.read("reconnect-grace", parseDuration, options.reconnectGrace);
  return options;
}

}  // namespace pi
