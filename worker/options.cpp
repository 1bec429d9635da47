#include "worker/options.h"

#include <array>
#include <string>
#include <string_view>

#include "common/base/printable.h"
#include "common/cli/access.h"
#include "common/model/worker_info.h"

namespace pi {
namespace {

constexpr std::string_view kUsage = R"(Usage:
  pi-worker [tcp://HOST:PORT]  compute for the scheduler at this address
                               (default: the one in the connection file)

SIGTERM, SIGINT, SIGUSR1, SIGUSR2 and SIGHUP end the worker in order: it reports what it has
computed, then it leaves.  The same signal a second time ends it at once.
Write a duration D as 90s, 1h30m or 01:30:00.

Examples:
  pi-worker
  pi-worker --threads 8 --lifetime 55m
  pi-worker tcp://login1:8786 --death-timeout 10m
  srun pi-worker > worker.log 2>&1 &
)";

constexpr std::array kOptions{
    cli::kConnectionFileOption,
    cli::Option{"threads", "N", "Compute threads; auto: one for each usable CPU (default: auto)"},
    cli::Option{"name", "TEXT", "Name in the list of workers (default: host name and process id)"},
    cli::Option{"kernel", "NAME", "Compute kernel; auto: the fastest on this CPU (default: auto)"},
    cli::Option{"death-timeout", "D",
                "Exit if no scheduler is found for this long (default: 60s); 0: never"},
    cli::Option{"lifetime", "D", "Report, leave and exit after this long (default: no limit)"},
    cli::Option{"insecure", "", "Connect without a key, to a scheduler started with --insecure"},
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
    cli::kLogLevelOption,
};

Parsed<std::string> parseName(std::string_view text) {
  return cli::parseName(text, kProfileTextBytesMax);
}

// A bare word is more likely a mistake, such as a command of another program, than a host's name.
Parsed<Address> parseScheduler(std::string_view text) {
  Parsed<Address> address = parseAddress(text);
  bool isWord = text.find_first_of(":.[") == text.npos && text != "localhost";
  if (!address.value || !isWord) return address;
  return {.error = quoted(text) + " is not an address; if it is a host, write " +
                   toText(*address.value) +
                   "; to find the scheduler by its connection file, leave "
                   "it out"};
}

Parsed<std::string> parseKernel(std::string_view text) {
  return text == "auto" ? Parsed<std::string>{.value = ""} : cli::parseText(text);
}

}  // namespace

cli::ParseResult<WorkerOptions> parseWorkerOptions(const std::vector<std::string>& arguments) {
  cli::Arguments given({.name = "pi-worker", .usage = kUsage, .options = kOptions}, arguments);
  WorkerOptions options;
  given.limitPositional(1);
  given.readPositional(0, "address", parseScheduler, options.scheduler);
  given.read("connection-file", cli::parseText, options.connectionFile);
  options.access = cli::readAccess(given);
  given.read("threads", cli::parseThreads, options.threads);
  given.read("name", parseName, options.name);
  given.read("kernel", parseKernel, options.kernel);
  given.read("death-timeout", parseDuration, options.deathTimeout);
  given.read("lifetime", cli::parsePositiveDuration, options.lifetime);
  given.read("log-level", cli::parseLogLevel, options.logLevel);
  return given.result(options);
}

}  // namespace pi
