#include "client/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>

#include "client/command_table.h"
#include "common/base/printable.h"
#include "common/cli/access.h"
#include "common/model/block.h"
#include "common/model/limits.h"
#include "common/model/target.h"

namespace pi::client {
namespace {

Parsed<Sampler> parseSampler(std::string_view text) {
  for (Sampler sampler : kSamplers) {
    if (text == name(sampler)) return {.value = sampler};
  }
  return {.error = quoted(text) + " is not a sampler; write " + samplerNames()};
}

Parsed<JobState> parseState(std::string_view text) {
  for (JobState state : {JobState::kQueued, JobState::kRunning, JobState::kFinished,
                         JobState::kCancelled, JobState::kFailed}) {
    if (text == name(state)) return {.value = state};
  }
  return {.error = quoted(text) +
                   " is not a state; write queued, running, finished, cancelled or failed"};
}

Parsed<JobId> parseJob(std::string_view text) {
  if (text == "last") return {.value = JobId{}};
  Parsed<std::uint64_t> number = parseWhole(text, 1, kSamplesEnd - 1);
  if (number.value) return {.value = JobId{*number.value}};
  return {.error = quoted(text) + " is not a job; write an id such as 7, or last"};
}

// For commands that take several jobs.
Parsed<JobId> parseJobOfSeveral(std::string_view text) {
  Parsed<JobId> parsed = parseJob(text);
  if (!parsed.value) parsed.error += ", or all";
  return parsed;
}

Parsed<std::string> parseJobName(std::string_view text) {
  return cli::parseName(text, kJobNameBytesMax);
}

Parsed<std::uint64_t> parseSamples(std::string_view text) { return parseCount(text); }

Parsed<std::uint64_t> parseLimit(std::string_view text) { return parseCount(text, "jobs"); }

Parsed<std::uint32_t> parseMaxThreads(std::string_view text) {
  if (text == "auto") return {.value = 0};
  Parsed<std::uint64_t> number = parseWhole(text, 1, kJobThreadsMax);
  if (!number.value) return {.error = number.error + ", or auto"};
  return {.value = static_cast<std::uint32_t>(*number.value)};
}

Parsed<double> parseTargetError(std::string_view text) {
  double error = 0;
  const char* end = text.data() + text.size();
  auto [rest, failure] = std::from_chars(text.data(), end, error);
  if (failure == std::errc() && rest == end && error > 0 && error <= 1) return {.value = error};
  return {.error = quoted(text) +
                   " is not an error of pi; write a number above 0 and at most 1, "
                   "for example 1e-6"};
}

void readTarget(cli::Arguments& given, JobSpec& spec) {
  if (!given.has("target-error")) {
    if (given.has("max-samples")) given.fail("--max-samples needs --target-error; add it");
    return;
  }
  if (!given.positional().empty()) {
    given.fail("--target-error decides how many samples there are; leave " +
               quoted(given.positional().front()) + " out, or write it after --max-samples");
  }
  spec.samples = kTargetSamplesMax;
  given.read("target-error", parseTargetError, spec.targetError);
  given.read("max-samples", parseSamples, spec.samples);
  if (given.failed()) return;
  std::optional<Unreachable> why = whyUnreachable(spec);
  if (!why) return;
  std::string other = why->other ? ", or add --sampler " + std::string(name(*why->other)) : "";
  given.fail("--target-error: " + why->sentence + other);
}

JobSpec readSpec(cli::Arguments& given) {
  JobSpec spec{.stream = {.seed = kDefaultSeed}};
  given.readPositional(0, "SAMPLES", parseSamples, spec.samples);
  given.readPositional(1, "CHUNK", parseSamples, spec.chunkSize);
  given.read("seed", parseSeed, spec.stream.seed);
  given.read("sampler", parseSampler, spec.stream.sampler);
  readTarget(given, spec);
  if (spec.samples == 0) {
    given.fail(std::string(given.command()) + " needs SAMPLES, for example pi-client " +
               std::string(given.command()) + " 1e12, or --target-error");
  }
  if (spec.chunkSize == 0) spec.chunkSize = defaultChunkSize(spec);
  spec.chunkSize = std::min(spec.chunkSize, firstPrefix(spec));
  given.read("priority", parsePriority, spec.priority);
  given.read("max-threads", parseMaxThreads, spec.threadsMax);
  given.read("name", parseJobName, spec.name);
  return spec;
}

JobChoice readJobs(cli::Arguments& given) {
  const std::vector<std::string>& words = given.positional();
  if (std::ranges::find(words, "all") != words.end()) {
    if (words.size() > 1) given.fail("all already means every job; leave the other words out");
    return {.all = true};
  }
  JobChoice choice;
  for (std::size_t i = 0; i < words.size(); ++i) {
    JobId job{};
    given.readPositional(i, "JOB", parseJobOfSeveral, job);
    // Each job once, in the order given.
    if (std::ranges::find(choice.ids, job) == choice.ids.end()) choice.ids.push_back(job);
  }
  return choice;
}

// Reads the options that run, wait and extend share.
template <typename Follow>
Follow withWaitOptions(cli::Arguments& given, Follow command) {
  command.progress = !given.has("no-progress") && !given.has("quiet");
  given.read("timeout", cli::parsePositiveDuration, command.timeout);
  return command;
}

// The options that say which scheduler and how to talk to it.
constexpr std::array<std::string_view, 8> kForScheduler{
    "scheduler", "connection-file", "insecure",        "tls-cert",
    "tls-key",   "tls-ca",          "silence-timeout", "absence-timeout"};

Parsed<std::uint64_t> parseWorkers(std::string_view text) { return parseWhole(text, 1, 1'000'000); }

Command readRun(cli::Arguments& given) {
  command::Run run{.spec = readSpec(given), .local = given.has("local")};
  for (std::string_view option : kForScheduler) given.exclude("local", option);
  given.exclude("threads", "scheduler");
  given.exclude("threads", "connection-file");
  given.exclude("local", "wait-workers");
  given.exclude("threads", "wait-workers");
  given.read("threads", cli::parseThreads, run.threads);
  given.read("wait-workers", parseWorkers, run.waitWorkers);
  return withWaitOptions(given, run);
}

Command readSubmit(cli::Arguments& given) { return command::Submit{.spec = readSpec(given)}; }

Command readList(cli::Arguments& given) {
  command::List list{.wide = given.has("wide")};
  given.readEach("state", parseState, list.states);
  given.read("limit", parseLimit, list.limit);
  return list;
}

Command readStatus(cli::Arguments& given) {
  command::Status status;
  given.readPositional(0, "JOB", parseJob, status.job);
  return status;
}

Command readAudit(cli::Arguments& given) {
  command::Audit audit;
  given.readPositional(0, "JOB", parseJob, audit.job);
  return audit;
}

Command readWait(cli::Arguments& given) {
  return withWaitOptions(given, command::Wait{.jobs = readJobs(given)});
}

Command readExtend(cli::Arguments& given) {
  command::Extend extend;
  given.readPositional(0, "JOB", parseJob, extend.job);
  given.readPositional(1, "SAMPLES", parseSamples, extend.samples);
  return withWaitOptions(given, extend);
}

Parsed<std::uint64_t> parseRounds(std::string_view text) { return parseWhole(text, 1, 1000); }

Command readScaling(cli::Arguments& given) {
  command::Scaling scaling{.local = given.has("local")};
  if (given.has("weak")) scaling.mode = ScalingMode::kWeak;
  scaling.spec.stream.seed = kDefaultSeed;
  given.readPositional(0, "SAMPLES", parseSamples, scaling.spec.samples);
  given.read("seed", parseSeed, scaling.spec.stream.seed);
  given.read("sampler", parseSampler, scaling.spec.stream.sampler);
  given.read("max-threads", parseMaxThreads, scaling.maxThreads);
  given.read("rounds", parseRounds, scaling.rounds);
  given.read("plot", cli::parseText, scaling.plot);
  return scaling;
}

Command readPriority(cli::Arguments& given) {
  command::Priority priority;
  given.readPositional(0, "JOB", parseJob, priority.job);
  given.readPositional(1, "N", parsePriority, priority.priority);
  return priority;
}

Command readCancel(cli::Arguments& given) { return command::Cancel{.jobs = readJobs(given)}; }

Command readWorkers(cli::Arguments& given) { return command::Workers{.wide = given.has("wide")}; }

// For a command that writes a document about a job.
template <typename Document>
Document readDocument(cli::Arguments& given) {
  Document document;
  given.readPositional(0, "JOB", parseJob, document.job);
  given.read("output", cli::parseText, document.file);
  return document;
}

Command readTrace(cli::Arguments& given) { return readDocument<command::Trace>(given); }

Command readReport(cli::Arguments& given) { return readDocument<command::Report>(given); }

Command readInfo(cli::Arguments& /*given*/) { return command::Info{}; }

Command readDashboard(cli::Arguments& given) {
  command::Dashboard dashboard{.control = given.has("control"), .token = given.has("token")};
  if (dashboard.token && !dashboard.control) given.fail("--token needs --control; write both");
  if (dashboard.token) given.exclude("token", "json");
  return dashboard;
}

Command readTop(cli::Arguments& given) { return command::Top{.once = given.has("once")}; }

Command readCheck(cli::Arguments& /*given*/) { return command::Check{}; }

// pi-client --check is the command check.
std::vector<std::string> withCheckAsCommand(std::vector<std::string> words) {
  auto option = std::ranges::find(words, "--check");
  if (option == words.end()) return words;
  words.erase(option);
  words.insert(words.begin(), "check");
  return words;
}

struct Reader {
  std::string_view command;
  Command (*read)(cli::Arguments& given);
};
constexpr std::array kReaders{
    Reader{"run", readRun},         Reader{"submit", readSubmit},
    Reader{"list", readList},       Reader{"status", readStatus},
    Reader{"wait", readWait},       Reader{"extend", readExtend},
    Reader{"scaling", readScaling}, Reader{"priority", readPriority},
    Reader{"cancel", readCancel},   Reader{"workers", readWorkers},
    Reader{"info", readInfo},       Reader{"dashboard", readDashboard},
    Reader{"trace", readTrace},     Reader{"report", readReport},
    Reader{"audit", readAudit},     Reader{"top", readTop},
    Reader{"check", readCheck},
};
static_assert(kReaders.size() == std::variant_size_v<Command>, "a command is not read");

}  // namespace

cli::ParseResult<Options> parseOptions(const std::vector<std::string>& arguments) {
  cli::Arguments given(commandTable(), withCheckAsCommand(arguments));
  Options options;
  const auto* reader = std::ranges::find(kReaders, given.command(), &Reader::command);
  if (reader == kReaders.end()) return given.result(options);

  given.exclude("json", "quiet");
  if (given.has("json")) options.output = Output::kJson;
  if (given.has("quiet")) options.output = Output::kQuiet;
  given.read("scheduler", parseAddress, options.scheduler);
  given.read("connection-file", cli::parseText, options.connectionFile);
  given.read("silence-timeout", cli::parsePositiveDuration, options.reconnect.silence);
  given.read("absence-timeout", cli::parsePositiveDuration, options.reconnect.absence);
  options.access = cli::readAccess(given);
  options.command = reader->read(given);
  return given.result(options);
}

}  // namespace pi::client
