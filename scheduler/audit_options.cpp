#include "scheduler/audit_options.h"

#include <array>
#include <string_view>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/cli/values.h"
#include "common/model/sample_range.h"

namespace pi {
namespace {

constexpr std::array kTable{
    cli::Option{.name = "state-dir",
                .value = "DIR",
                .help = "Directory with the jobs",
                .standard = "where the connection file is"},
    cli::Option{.name = "json",
                .help = "Print one JSON object for each job, each on its own line",
                .letter = 'j'},
};

Parsed<JobId> parseJob(std::string_view text) {
  Parsed<std::uint64_t> number = parseWhole(text, 1, kSamplesEnd - 1);
  if (number.value) return {.value = JobId{*number.value}};
  return {.error = quoted(text) + " is not a job; write an id such as 7"};
}

}  // namespace

std::span<const cli::Option> auditOptionTable() { return kTable; }

AuditCommand readAuditCommand(cli::Arguments& given) {
  AuditCommand command{.json = given.has("json")};
  given.readPositional(0, "JOB", parseJob, command.job);
  given.read("state-dir", cli::parseText, command.stateDir);
  return command;
}

}  // namespace pi
