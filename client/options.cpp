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
  pi-client run SAMPLES [CHUNK]     submit, follow, print the estimate of pi
  pi-client submit SAMPLES [CHUNK]  print the job's id and return
  pi-client list                    all jobs
  pi-client status JOB              one job, now
  pi-client wait JOB                follow a job to its end, print the estimate
  pi-client cancel JOB              end a job
  pi-client workers                 all workers

SAMPLES and CHUNK are written 1000, 1_000_000, 1e9, 2.5e6 or 10k, 10M, 10G, 10T.  CHUNK left out
is a thousandth of the job, at least 1e6.  JOB is an id or 'last'.  Durations D are written 90s,
1h30m or 01:30:00.  With neither a connection file nor an address, run uses this machine alone.

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

constexpr std::string_view kSamplerHelp = "random or sobol (default: random)";
static_assert(std::ranges::all_of(kSamplers,
                                  [](Sampler sampler) {
                                    return kSamplerHelp.find(name(sampler)) !=
                                           std::string_view::npos;
                                  }),
              "--help does not name every sampler");

constexpr std::array kOptions{
    cli::Option{"seed", "N", "The same seed gives the same digits (default: 2017)"},
    cli::Option{"sampler", "NAME", kSamplerHelp},
    cli::Option{"priority", "N", "Higher goes first (default: 0)"},
    cli::Option{"local", "", "Run on this machine's own cores, without a scheduler"},
    cli::Option{"threads", "N", "How many compute in a local run (default: auto, all CPUs)"},
    cli::Option{"scheduler", "ADDR", "tcp://HOST:PORT instead of the connection file's address"},
    cli::kConnectionFileOption,
    cli::Option{"json", "", "Print one JSON object"},
    cli::Option{"quiet", "", "Print the estimate alone"},
    cli::Option{"no-progress", "", "Show no progress on stderr"},
    cli::Option{"timeout", "D", "Give up then: run cancels its job, wait leaves it running"},
    cli::Option{"insecure", "", "Show no key, to a scheduler that was started so"},
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
    cli::Option{"silence-timeout", "D"},
    cli::Option{"absence-timeout", "D"},
};

// What a command takes.
struct Shape {
  std::string_view name;
  std::string_view argument;  // What its first argument is; empty if it has none.
  std::size_t argumentsMax;
  std::span<const std::string_view> options;
};

// How the scheduler is found, and what it is shown: for every command.
constexpr std::array<std::string_view, 6> kWayOptions{"scheduler", "connection-file", "insecure",
                                                      "tls-cert",  "tls-key",         "tls-ca"};

template <std::size_t count>
constexpr std::array<std::string_view, count + kWayOptions.size()> besidesTheWay(
    const std::array<std::string_view, count>& options) {
  std::array<std::string_view, count + kWayOptions.size()> all{};
  std::ranges::copy(kWayOptions, all.begin());
  std::ranges::copy(options, all.begin() + kWayOptions.size());
  return all;
}

constexpr auto kRunOptions = besidesTheWay(std::array<std::string_view, 11>{
    "json", "quiet", "no-progress", "timeout", "seed", "sampler", "local", "threads", "priority",
    "silence-timeout", "absence-timeout"});
constexpr auto kSubmitOptions = besidesTheWay(std::array<std::string_view, 6>{
    "json", "seed", "sampler", "priority", "silence-timeout", "absence-timeout"});
constexpr auto kWaitOptions = besidesTheWay(std::array<std::string_view, 6>{
    "json", "quiet", "no-progress", "timeout", "silence-timeout", "absence-timeout"});
constexpr auto kReadOptions = besidesTheWay(std::array<std::string_view, 1>{"json"});

constexpr std::array kShapes{
    Shape{"run", "SAMPLES", 2, kRunOptions}, Shape{"submit", "SAMPLES", 2, kSubmitOptions},
    Shape{"list", "", 0, kReadOptions},      Shape{"status", "JOB", 1, kReadOptions},
    Shape{"wait", "JOB", 1, kWaitOptions},   Shape{"cancel", "JOB", 1, kWayOptions},
    Shape{"workers", "", 0, kReadOptions},
};

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

JobId readJob(cli::Arguments& given) {
  JobId job{};
  given.readPositional(1, "JOB", parseJob, job);
  return job;
}

command::Run readRun(cli::Arguments& given, std::size_t first) {
  command::Run run{.spec = readSpec(given, first), .local = given.has("local")};
  given.exclude("local", "scheduler");
  given.exclude("local", "connection-file");
  given.exclude("threads", "scheduler");
  given.exclude("threads", "connection-file");
  given.read("threads", cli::parseThreads, run.threads);
  return run;
}

// A run or a wait.
template <typename Following>
Following withFollowing(cli::Arguments& given, Following following) {
  following.progress = !given.has("no-progress") && !given.has("quiet");
  given.read("timeout", cli::parsePositiveDuration, following.timeout);
  return following;
}

Command readCommand(cli::Arguments& given, std::string_view name, std::size_t first) {
  if (name == "run") return withFollowing(given, readRun(given, first));
  if (name == "submit") return command::Submit{.spec = readSpec(given, first)};
  if (name == "status") return command::Status{.job = readJob(given)};
  if (name == "wait") return withFollowing(given, command::Wait{.job = readJob(given)});
  if (name == "cancel") return command::Cancel{.job = readJob(given)};
  if (name == "workers") return command::Workers{};
  return command::List{};
}

// The command that is meant; a number alone means run.  Null, with the fault noted, if none is.
const Shape* findShape(cli::Arguments& given) {
  if (given.positional().empty()) {
    given.fail("say how many samples, for example pi-client 1e9; see pi-client --help");
    return nullptr;
  }
  const std::string& word = given.positional()[0];
  for (const Shape& shape : kShapes) {
    if (word == shape.name) return &shape;
  }
  if (word.find_first_of("0123456789") < 2) return &kShapes[0];
  given.fail(
      quoted(word) +
      " is neither a command nor a number of samples; write a number, or one of run, submit, "
      "list, status, wait, cancel, workers");
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
  const Shape* shape = findShape(given);
  if (shape == nullptr) return given.result(options);

  std::size_t first = given.positional()[0] == shape->name ? 1 : 0;
  std::string command(shape->name);
  given.limitPositional(first + shape->argumentsMax);
  if (!shape->argument.empty() && given.positional().size() <= first) {
    std::string argument(shape->argument);
    given.fail(command + " needs " + argument + ", for example pi-client " + command +
               (argument == "JOB" ? " last" : " 1e9"));
  }
  given.allowOnly(shape->options, command);
  given.exclude("json", "quiet");
  if (given.has("json")) options.output = Output::kJson;
  if (given.has("quiet")) options.output = Output::kQuiet;
  given.read("scheduler", parseAddress, options.scheduler);
  given.read("connection-file", cli::parseText, options.connectionFile);
  given.read("silence-timeout", cli::parsePositiveDuration, options.patience.silence);
  given.read("absence-timeout", cli::parsePositiveDuration, options.patience.absence);
  options.access = cli::readAccess(given);
  options.command = readCommand(given, shape->name, first);
  return given.result(options);
}

}  // namespace pi::client
