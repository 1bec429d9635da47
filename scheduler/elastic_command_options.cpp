#include "scheduler/elastic_command_options.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/cli/access.h"
#include "common/cli/values.h"
#include "common/model/limits.h"

namespace pi {
namespace {

using Action = ElasticCommand::Action;
using std::string_view;

constexpr std::array kTable{
    cli::Option{
        .name = "reason", .value = "TEXT", .help = "With pause: why, for the list and the log"},
    cli::Option{.name = "json", .help = "With list: print one JSON object", .letter = 'j'},
    cli::kConnectionFileOption,
    cli::kInsecureOption,
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
};

Parsed<Action> parseAction(string_view text) {
  const auto* found = std::ranges::find(kElasticActions, text);
  if (found != kElasticActions.end()) {
    return {.value = static_cast<Action>(found - kElasticActions.begin())};
  }
  return {.error = quoted(text) + " is not known; write list, pause, resume or dry-run"};
}

Parsed<std::size_t> parseQueueNumber(string_view text) {
  Parsed<std::uint64_t> number = parseWhole(text, 1, kQueuesMax);
  if (!number.value) return {.error = number.error + "; elastic list shows the queues"};
  return {.value = static_cast<std::size_t>(*number.value)};
}

}  // namespace

std::span<const cli::Option> elasticCommandTable() { return kTable; }

ElasticCommand readElasticCommand(cli::Arguments& given) {
  ElasticCommand command{.json = given.has("json")};
  given.readPositional(0, "ACTION", parseAction, command.action);
  given.readPositional(1, "NUMBER", parseQueueNumber, command.queue);
  given.read("reason", cli::parseText, command.reason);
  given.read("connection-file", cli::parseText, command.connectionFile);
  command.access = cli::readAccess(given);
  bool isChange = command.action == Action::kPause || command.action == Action::kResume;
  if (command.queue != 0 && !isChange) {
    given.fail("a queue can be named for pause and resume only; leave its number out");
  }
  if (given.has("reason") && command.action != Action::kPause) {
    given.fail("--reason is for pause only; leave it out");
  }
  if (command.json && command.action != Action::kList) {
    given.fail("--json is for list only; leave it out");
  }
  return command;
}

}  // namespace pi
