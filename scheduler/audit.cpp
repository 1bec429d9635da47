#include "scheduler/audit.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/json/documents.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/secrets/digest.h"
#include "scheduler/report.h"
#include "scheduler/state_directory.h"
#include "scheduler/state_files.h"
#include "scheduler/store/database.h"
#include "scheduler/store/store_error.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

JobAudit auditOf(Database& database, JobId job) {
  std::unique_ptr<Audit> audit = database.audit(job);
  while (!audit->step()) {
  }
  return audit->take();
}

std::string textOf(const JobAudit& audit, bool json) {
  std::string hash = net::sha256(resultLines(audit));
  if (json) return jsonLine(auditObject(audit, hash));
  std::string text = verdictText(audit) + "\n";
  for (std::size_t i = 1; i < audit.faults.size(); ++i) text += "also: " + audit.faults[i] + "\n";
  if (audit.isProven()) text += "hash " + hash + "\n";
  return text;
}

// Throws StoreError or StateDirectoryError.
ExitCode auditAll(const AuditCommand& command, const fs::path& path) {
  StateDirectory directory(path);
  Database database(directory.path() / kJobsFile);
  std::vector<JobId> jobs = database.jobsThatAreOver();
  if (command.job) jobs = {*command.job};
  if (jobs.empty()) return report("no job in " + path.string() + " is over", ExitCode::kDone);
  ExitCode code = ExitCode::kDone;
  for (JobId job : jobs) {
    JobAudit audit = auditOf(database, job);
    ExitCode printed = tell(textOf(audit, command.json));
    if (printed != ExitCode::kDone) return printed;
    if (!audit.faults.empty()) code = ExitCode::kFailed;
  }
  return code;
}

}  // namespace

ExitCode auditOffline(const AuditCommand& command) {
  fs::path path = command.stateDir.value_or(net::defaultConnectionFile().parent_path().string());
  if (!fs::exists(path / kJobsFile)) {
    return report("there are no jobs in " + path.string() +
                      "; name the state directory of a scheduler with --state-dir",
                  ExitCode::kFailed);
  }
  try {
    return auditAll(command, path);
  } catch (const StoreError& error) {
    return report(error.what(), ExitCode::kFailed);
  } catch (const StateDirectoryError& error) {
    return report(std::string(error.what()) + "; ask a running scheduler with pi-client audit",
                  ExitCode::kFailed);
  }
}

}  // namespace pi::scheduler
