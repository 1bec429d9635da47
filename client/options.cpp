#include "client/options.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "common/base/printable.h"
#include "common/cli/access.h"

namespace pi::client {
namespace {

constexpr std::string_view kUsage = R"(Usage:
  pi-client SAMPLES [CHUNK]         short for: pi-client run SAMPLES [CHUNK]
  pi-client run SAMPLES [CHUNK]     submit a job, wait for it, print the estimate of pi
  pi-client submit SAMPLES [CHUNK]  submit a job, print its id, do not wait
  pi-client list                    list all jobs
  pi-client status JOB              print the current state of a job
  pi-client wait JOB                wait for the end of a job, print the estimate of pi
  pi-client cancel JOB              cancel a job
  pi-client workers                 list all workers

SAMPLES  the number of samples: 1000, 1_000_000, 1e9, 2.5e6, 10k, 10M, 10G or 10T
CHUNK    the number of samples in a chunk (default: a thousandth of SAMPLES, at least 1e6)
JOB      the id of a job, or 'last' for the job that was submitted last
D        a duration: 90s, 1h30m, 01:30:00, or a number of seconds

Without a connection file and without --scheduler, run computes on this machine alone.

Examples:
  pi-client 1e12 1e9
  pi-client run 1e10 --seed 42 --json
  pi-client submit 1e15 --priority -5
  pi-client list --json
  pi-client status 7
  pi-client wait last --timeout 1h
  pi-client cancel 7
  pi-client workers --scheduler tcp://login1:8786
)";

constexpr std::string_view kSamplerHelp =
    "How the points are chosen: random or sobol (default: random)";
static_assert(std::ranges::all_of(kSamplers,
                                  [](Sampler sampler) {
                                    return kSamplerHelp.find(name(sampler)) !=
                                           std::string_view::npos;
                                  }),
              "--help does not name every sampler");

constexpr std::array kOptions{
    cli::Option{"seed", "N", "Random seed; the same seed gives the same digits (default: 2017)"},
    cli::Option{"sampler", "NAME", kSamplerHelp},
    cli::Option{"priority", "N", "Jobs with a higher priority run first (default: 0)"},
    cli::Option{"local", "", "Compute on this machine, without a scheduler"},
    cli::Option{"threads", "N", "Threads of a local run (default: auto, one for each CPU)"},
    cli::Option{"scheduler", "ADDR",
                "Address of the scheduler, tcp://HOST:PORT (default: from the\nconnection file)"},
    cli::kConnectionFileOption,
    cli::Option{"json", "", "Print one JSON object"},
    cli::Option{"quiet", "", "Print only the estimate"},
    cli::Option{"no-progress", "", "Do not print progress on stderr"},
    cli::Option{"timeout", "D", "Stop after D: run cancels its job, wait does not"},
    cli::Option{"insecure", "", "Connect without a key, to a scheduler started with --insecure"},
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
    cli::Option{"silence-timeout", "D",
                "A scheduler without an answer for D is lost (default: 15s)",
                cli::Audience::kTests},
    cli::Option{"absence-timeout", "D", "Try to reconnect to a lost scheduler for D (default: 60s)",
                cli::Audience::kTests},
};

// For every command: how to find the scheduler, and how to prove the role.
constexpr std::array<std::string_view, 6> kConnectionOptions{
    "scheduler", "connection-file", "insecure", "tls-cert", "tls-key", "tls-ca"};

template <std::size_t count>
constexpr std::array<std::string_view, count + kConnectionOptions.size()> withConnectionOptions(
    const std::array<std::string_view, count>& options) {
  std::array<std::string_view, count + kConnectionOptions.size()> all{};
  std::ranges::copy(kConnectionOptions, all.begin());
  std::ranges::copy(options, all.begin() + kConnectionOptions.size());
  return all;
}

constexpr auto kRunOptions = withConnectionOptions(std::array<std::string_view, 11>{
    "json", "quiet", "no-progress", "timeout", "seed", "sampler", "local", "threads", "priority",
    "silence-timeout", "absence-timeout"});
constexpr auto kSubmitOptions = withConnectionOptions(
    std::array<std::string_view, 5>{"json", "seed", "sampler", "priority", "absence-timeout"});
constexpr auto kWaitOptions = withConnectionOptions(std::array<std::string_view, 6>{
    "json", "quiet", "no-progress", "timeout", "silence-timeout", "absence-timeout"});
constexpr auto kReadOptions = withConnectionOptions(std::array<std::string_view, 1>{"json"});

Parsed<Sampler> parseSampler(std::string_view text) {
  for (Sampler sampler : kSamplers) {
    if (text == name(sampler)) return {.value = sampler};
  }
  return {.error = quoted(text) + " is not a sampler; write " + samplerNames()};
}

Parsed<JobId> parseJob(std::string_view text) {
  if (text == "last") return {.value = JobId{}};
  Parsed<std::uint64_t> number = parseWhole(text, 1, kSamplesEnd - 1);
  if (number.value) return {.value = JobId{*number.value}};
  return {.error = quoted(text) + " is not a job; write an id such as 7, or last"};
}

Parsed<std::uint64_t> parseSamples(std::string_view text) { return parseCount(text); }

JobSpec readSpec(cli::Arguments& given, std::size_t first) {
  constexpr std::uint64_t kDefaultSeed = 2017;
  JobSpec spec{.stream = {.seed = kDefaultSeed}};
  given.readPositional(first, "SAMPLES", parseSamples, spec.samples);
  given.readPositional(first + 1, "CHUNK", parseSamples, spec.chunkSize);
  if (spec.chunkSize == 0) spec.chunkSize = defaultChunkSize(spec.samples);
  spec.chunkSize = std::min(spec.chunkSize, spec.samples);
  given.read("seed", parseSeed, spec.stream.seed);
  given.read("sampler", parseSampler, spec.stream.sampler);
  given.read("priority", parsePriority, spec.priority);
  return spec;
}

JobId readJob(cli::Arguments& given, std::size_t first) {
  JobId job{};
  given.readPositional(first, "JOB", parseJob, job);
  return job;
}

// Reads the options that run and wait share.
template <typename RunOrWait>
RunOrWait withWaitOptions(cli::Arguments& given, RunOrWait command) {
  command.progress = !given.has("no-progress") && !given.has("quiet");
  given.read("timeout", cli::parsePositiveDuration, command.timeout);
  return command;
}

Command readRun(cli::Arguments& given, std::size_t first) {
  command::Run run{.spec = readSpec(given, first), .local = given.has("local")};
  for (std::string_view option : kConnectionOptions) given.exclude("local", option);
  for (std::string_view option : {"silence-timeout", "absence-timeout"}) {
    given.exclude("local", option);
  }
  given.exclude("threads", "scheduler");
  given.exclude("threads", "connection-file");
  given.read("threads", cli::parseThreads, run.threads);
  return withWaitOptions(given, run);
}

Command readSubmit(cli::Arguments& given, std::size_t first) {
  return command::Submit{.spec = readSpec(given, first)};
}

Command readWait(cli::Arguments& given, std::size_t first) {
  return withWaitOptions(given, command::Wait{.job = readJob(given, first)});
}

// Reads a command whose only argument is a job.
template <typename JobCommand>
Command readJobCommand(cli::Arguments& given, std::size_t first) {
  return JobCommand{.job = readJob(given, first)};
}

// Reads a command without arguments.
template <typename BareCommand>
Command readBareCommand(cli::Arguments& /*given*/, std::size_t /*first*/) {
  return BareCommand{};
}

// A command: its arguments, its options, and the function that reads them.
struct Syntax {
  std::string_view name;
  std::string_view argument;  // The name of its first argument; empty if it has none.
  std::size_t argumentsMax;
  std::span<const std::string_view> options;
  Command (*read)(cli::Arguments& given, std::size_t first);  // `first`: its first argument.
};

constexpr std::array kCommands{
    Syntax{"run", "SAMPLES", 2, kRunOptions, readRun},
    Syntax{"submit", "SAMPLES", 2, kSubmitOptions, readSubmit},
    Syntax{"list", "", 0, kReadOptions, readBareCommand<command::List>},
    Syntax{"status", "JOB", 1, kReadOptions, readJobCommand<command::Status>},
    Syntax{"wait", "JOB", 1, kWaitOptions, readWait},
    Syntax{"cancel", "JOB", 1, kConnectionOptions, readJobCommand<command::Cancel>},
    Syntax{"workers", "", 0, kReadOptions, readBareCommand<command::Workers>},
};
static_assert(kCommands.size() == std::variant_size_v<Command>, "a command has no syntax");
static_assert(std::ranges::all_of(kCommands,
                                  [](const Syntax& syntax) { return syntax.read != nullptr; }),
              "a command is not read");

// "run, submit, list": the commands in the order of the table.
std::string commandNames() {
  std::string names;
  for (const Syntax& syntax : kCommands) {
    if (!names.empty()) names += ", ";
    names += syntax.name;
  }
  return names;
}

// The command on the command line; a number alone means run.  Null after an error.
const Syntax* findSyntax(cli::Arguments& given) {
  if (given.positional().empty()) {
    given.fail("give the number of samples, for example pi-client 1e9; see pi-client --help");
    return nullptr;
  }
  const std::string& word = given.positional()[0];
  for (const Syntax& syntax : kCommands) {
    if (word == syntax.name) return &syntax;
  }
  if (word.find_first_of("0123456789") < 2) return &kCommands[0];
  given.fail(quoted(word) +
             " is not a command and not a number of samples; write a number, or one of " +
             commandNames());
  return nullptr;
}

}  // namespace

std::uint64_t defaultChunkSize(std::uint64_t samples) {
  constexpr std::uint64_t kChunkMin = 1'000'000;
  return std::min(samples, std::max(samples / 1000, kChunkMin));
}

cli::ParseResult<Options> parseOptions(const std::vector<std::string>& arguments) {
  cli::Arguments given({.name = "pi-client", .usage = kUsage, .options = kOptions}, arguments);
  Options options;
  const Syntax* syntax = findSyntax(given);
  if (syntax == nullptr) return given.result(options);

  std::size_t first = given.positional()[0] == syntax->name ? 1 : 0;
  std::string command(syntax->name);
  given.limitPositional(first + syntax->argumentsMax);
  if (!syntax->argument.empty() && given.positional().size() <= first) {
    std::string argument(syntax->argument);
    given.fail(command + " needs " + argument + ", for example pi-client " + command +
               (argument == "JOB" ? " last" : " 1e9"));
  }
  given.allowOnly(syntax->options, command);
  given.exclude("json", "quiet");
  if (given.has("json")) options.output = Output::kJson;
  if (given.has("quiet")) options.output = Output::kQuiet;
  given.read("scheduler", parseAddress, options.scheduler);
  given.read("connection-file", cli::parseText, options.connectionFile);
  given.read("silence-timeout", cli::parsePositiveDuration, options.reconnect.silence);
  given.read("absence-timeout", cli::parsePositiveDuration, options.reconnect.absence);
  options.access = cli::readAccess(given);
  options.command = syntax->read(given, first);
  return given.result(options);
}

}  // namespace pi::client
