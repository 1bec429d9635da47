#include "scheduler/elastic_options.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/printable.h"
#include "common/cli/values.h"
#include "common/model/limits.h"
#include "scheduler/allocation/text/local_command.h"
#include "scheduler/allocation/text/shell_words.h"
#include "scheduler/allocation/text/slurm_options.h"

namespace pi {
namespace {

using allocation::QueueOptions;
using std::string_view;

constexpr string_view kElastic = "elastic";
constexpr string_view kSlurm = "slurm", kLocal = "local";

// Not in SECURITY.md: no peer chooses the options.
constexpr std::uint64_t kQueueWorkersMax = 100'000;
constexpr std::uint64_t kQueueBacklogMax = 1'000;
constexpr std::uint64_t kNodeHoursMax = 1'000'000'000;

constexpr std::array kTable{
    cli::Option{.name = kElastic,
                .value = "QUEUE",
                .help = "Start workers while there is work for them, and let idle ones go; may be "
                        "repeated; limits before the first one hold for all queues, those after "
                        "one for this queue"},
    cli::Option{.name = "workers-min",
                .value = "N",
                .help = "Workers that a queue keeps also without work",
                .standard = "0"},
    cli::Option{.name = "workers-max",
                .value = "N",
                .help = "Workers that a queue has at most, with those that wait to start; every "
                        "queue needs it"},
    cli::Option{.name = "worker-time-limit",
                .value = "D",
                .help = "Time limit of each worker; with Slurm in whole minutes",
                .standard = "1h"},
    cli::Option{.name = "worker-idle-timeout",
                .value = "D",
                .help = "Let a worker go that has no work for this time",
                .standard = "5m"},
    cli::Option{.name = "backlog",
                .value = "N",
                .help = "Workers of a queue that may wait to start at a time",
                .standard = "2"},
    cli::Option{.name = "min-work",
                .value = "D",
                .help = "Start another worker only if it finds work for this time",
                .standard = "5m"},
    cli::Option{.name = "max-node-hours",
                .value = "N",
                .help = "Start no further worker of a queue when all of them together have used "
                        "this time of nodes, counted across restarts",
                .standard = "no limit"},
};

// "slurm: --partition=a", "slurm" or "local".
Parsed<QueueOptions> parseQueue(string_view text) {
  Parsed<std::string> checked = cli::parseText(text);
  if (!checked.value) return {.error = checked.error};
  string_view system = text.substr(0, text.find(':'));
  while (system.ends_with(' ')) system.remove_suffix(1);
  if (system != kSlurm && system != kLocal) {
    string_view first = system.substr(0, system.find(' '));
    bool lacksColon = first == kSlurm || first == kLocal;
    return {.error = quoted(text) +
                     (lacksColon ? " has no ':' after the batch system; write "
                                 : " does not name slurm or local; write ") +
                     "for example 'slurm: --partition=a'"};
  }
  auto colon = text.find(':');
  string_view options = colon == text.npos ? "" : text.substr(colon + 1);
  Parsed<std::vector<std::string>> words = allocation::shellWords(options);
  if (!words.value) return {.error = words.error};
  return {.value = QueueOptions{.system = std::string(system), .arguments = *words.value}};
}

std::optional<std::string> argumentFault(const QueueOptions& queue) {
  if (queue.system == kSlurm) return allocation::sbatchOptionFault(queue.arguments);
  return allocation::workerOptionFault(queue.arguments);
}

Parsed<std::size_t> parseWorkersMin(string_view text) {
  Parsed<std::uint64_t> number = parseWhole(text, 0, kQueueWorkersMax);
  if (!number.value) return {.error = number.error};
  return {.value = static_cast<std::size_t>(*number.value)};
}

template <std::uint64_t highest>
Parsed<std::size_t> parseAtLeastOne(string_view text) {
  Parsed<std::uint64_t> number = parseWhole(text, 1, highest);
  if (!number.value) return {.error = number.error};
  return {.value = static_cast<std::size_t>(*number.value)};
}

Parsed<allocation::NodeTime> parseNodeHours(string_view text) {
  Parsed<std::uint64_t> hours = parseWhole(text, 1, kNodeHoursMax);
  if (!hours.value) return {.error = hours.error};
  return {.value = std::chrono::hours(static_cast<std::int64_t>(*hours.value))};
}

// Returns whether this is an option of queues.
bool readLimit(cli::Arguments& given, const std::string& option, string_view text,
               QueueOptions& into) {
  auto read = [&](auto parse, auto& field) { given.readValue(option, text, parse, field); };
  if (option == "workers-min") {
    read(parseWorkersMin, into.workersMin);
  } else if (option == "workers-max") {
    read(parseAtLeastOne<kQueueWorkersMax>, into.workersMax);
  } else if (option == "worker-time-limit") {
    read(cli::parsePositiveDuration, into.workerTimeLimit);
  } else if (option == "worker-idle-timeout") {
    read(cli::parsePositiveDuration, into.workerIdleTimeout);
  } else if (option == "backlog") {
    read(parseAtLeastOne<kQueueBacklogMax>, into.backlog);
  } else if (option == "min-work") {
    read(parseDuration, into.minWork);
  } else if (option == "max-node-hours") {
    read(parseNodeHours, into.nodeTimeMax);
  } else {
    return false;
  }
  return true;
}

// A queue with the limits of `defaults`.
QueueOptions withLimits(QueueOptions queue, const QueueOptions& defaults) {
  QueueOptions limited = defaults;
  limited.system = std::move(queue.system);
  limited.arguments = std::move(queue.arguments);
  return limited;
}

// The words after "--" are the arguments of the only queue.
void takeRest(cli::Arguments& given, std::vector<QueueOptions>& queues) {
  if (!given.rest()) return;
  if (queues.size() != 1) {
    given.fail(queues.empty()
                   ? "the words after -- are options of a queue; write --elastic slurm before it"
                   : "-- cannot be used with several queues; write --elastic 'slurm: OPTIONS' for "
                     "each");
  } else if (!queues.front().arguments.empty()) {
    given.fail("this queue has options before and after --; write all of them behind --");
  } else {
    queues.front().arguments = *given.rest();
  }
}

void check(cli::Arguments& given, const std::vector<QueueOptions>& queues) {
  if (queues.size() > kQueuesMax) {
    given.fail("--elastic can be given " + std::to_string(kQueuesMax) +
               " times; leave some queues out");
  }
  std::vector<std::string> names;
  for (const QueueOptions& queue : queues) {
    std::string name = nameOf(queue);
    std::string where = "--elastic " + quoted(name);
    if (auto fault = argumentFault(queue)) given.fail("--elastic: " + *fault);
    if (queue.workersMax == 0) {
      given.fail(where + " needs --workers-max, for example --workers-max 8");
    } else if (queue.workersMin > queue.workersMax) {
      given.fail(where + ": --workers-min " + std::to_string(queue.workersMin) +
                 " is more than --workers-max " + std::to_string(queue.workersMax) +
                 "; raise the second one");
    }
    if (std::ranges::find(names, name) != names.end()) {
      given.fail(where + " is there twice; leave one out, and raise --workers-max");
    }
    names.push_back(std::move(name));
  }
}

}  // namespace

std::span<const cli::Option> elasticOptionTable() { return kTable; }

std::vector<QueueOptions> readQueues(cli::Arguments& given) {
  QueueOptions defaults;
  std::vector<QueueOptions> queues;
  std::string limit;  // The last one that was read.
  for (const auto& [option, text] : given.given()) {
    if (option == kElastic) {
      QueueOptions queue;
      given.readValue(option, text, parseQueue, queue);
      queues.push_back(withLimits(std::move(queue), defaults));
    } else if (readLimit(given, option, text, queues.empty() ? defaults : queues.back())) {
      limit = option;
    }
  }
  if (queues.empty() && !limit.empty()) {
    given.fail("--" + limit + " is a limit of a queue; add --elastic, or leave it out");
  }
  takeRest(given, queues);
  if (!given.failed()) check(given, queues);
  return queues;
}

}  // namespace pi
