// The options of 'pi-scheduler audit'.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "common/cli/arguments.h"
#include "common/model/ids.h"

namespace pi {

// Audit the jobs of a state directory that no scheduler uses.
struct AuditCommand {
  std::optional<JobId> job{};             // None: all jobs that are over.
  bool json = false;                      // One object for each job, on a line of its own.
  std::optional<std::string> stateDir{};  // None: the default one.
};

// The options of the command, as its --help shows them.
std::span<const cli::Option> auditOptionTable();

AuditCommand readAuditCommand(cli::Arguments& given);

}  // namespace pi
