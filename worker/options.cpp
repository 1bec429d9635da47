#include "worker/options.h"

#include <array>
#include <string>
#include <string_view>

#include "common/base/printable.h"
#include "common/cli/access.h"
#include "common/model/limits.h"
#include "common/model/worker_info.h"

namespace pi {
namespace {

using namespace std::string_view_literals;

constexpr std::array kExamples{"pi-worker"sv, "pi-worker --threads 8 --lifetime 55m"sv,
                               "pi-worker tcp://login1:8786 --death-timeout 10m"sv,
                               "pi-worker --check"sv, "srun pi-worker > worker.log 2>&1 &"sv};

constexpr std::array kCommands{cli::Command{
    .arguments = "[ADDRESS]",
    .argumentsMax = 1,
    .summary = "compute for the scheduler at this address",
    .about =
        "SIGTERM, SIGINT, SIGUSR1, SIGUSR2 and SIGHUP end the worker in order: it reports "
        "what it has computed, then it leaves.  The same signal again, more than a second later, "
        "ends it at once.  In a batch job whose end is in SLURM_JOB_END_TIME, or else in "
        "PI_END_TIME (seconds since 1970), it leaves before that.",
    .examples = kExamples}};

constexpr std::array kPlaceholders{
    cli::Placeholder{"ADDRESS", "tcp://HOST:PORT (default: the one in the connection file)"},
    cli::kDurationPlaceholder,
};

constexpr std::array kAutoWords{"auto"sv};
constexpr std::array kDeviceWords{"auto"sv, "cpu"sv, "gpu"sv, "none"sv, "list"sv};

constexpr std::array kOptions{
    cli::kConnectionFileOption,
    cli::Option{.name = "threads",
                .value = "N",
                .help = "Compute threads; auto: one for each usable CPU",
                .standard = "auto",
                .words = kAutoWords},
    cli::Option{.name = "name",
                .value = "TEXT",
                .help = "Name in the list of workers",
                .standard = "host name and process id"},
    cli::Option{.name = "kernel",
                .value = "NAME",
                .help = "Compute kernel; auto: the fastest on this CPU",
                .standard = "auto",
                .words = kAutoWords},
    cli::Option{.name = "device",
                .value = "WHICH",
                .help = "Compute with: auto: CPUs and all GPUs; cpu (or none: no GPU); gpu: all "
                        "GPUs alone; gpu:0,1: these; list: show them and exit",
                .standard = "auto",
                .words = kDeviceWords},
    cli::Option{.name = "death-timeout",
                .value = "D",
                .help = "Exit if no scheduler is found for this long; 0: never",
                .standard = "60s"},
    cli::Option{.name = "lifetime",
                .value = "D",
                .help = "Report, leave and exit after this long",
                .standard = "no limit"},
    cli::Option{.name = "check",
                .help = "Compute nothing: say whether the scheduler can be reached and used, and "
                        "why not; exit code 0, or 3 or 4 as without this option"},
    cli::kInsecureOption,
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
    cli::kLogLevelOption,
    cli::kLogFormatOption,
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

cli::Program workerCommandTable() {
  return {.name = "pi-worker",
          .summary = "compute samples for a pi-scheduler",
          .commands = kCommands,
          .options = {kOptions.begin(), kOptions.end()},
          .placeholders = kPlaceholders,
          .shorthand = "",
          // Each word but help and version is an address.
          .meansShorthand = [](std::string_view) { return true; }};
}

cli::ParseResult<WorkerOptions> parseWorkerOptions(const std::vector<std::string>& arguments) {
  cli::Arguments given(workerCommandTable(), arguments);
  WorkerOptions options;
  given.readPositional(0, "address", parseScheduler, options.scheduler);
  given.read("connection-file", cli::parseText, options.connectionFile);
  options.access = cli::readAccess(given);
  given.read("threads", cli::parseThreads, options.threads);
  given.read("name", parseName, options.name);
  given.read("kernel", parseKernel, options.kernel);
  given.read("device", worker::parseDevices, options.devices);
  given.read("death-timeout", parseDuration, options.deathTimeout);
  given.read("lifetime", cli::parsePositiveDuration, options.lifetime);
  options.check = given.has("check");
  given.read("log-level", cli::parseLogLevel, options.logLevel);
  given.read("log-format", cli::parseLogFormat, options.logFormat);
  return given.result(options);
}

}  // namespace pi
