// The command audit: proves that each sample of a job is counted once.
#include "client/audit.h"

#include "client/commands.h"
#include "client/find_scheduler.h"
#include "client/job_calls.h"
#include "client/output.h"
#include "client/render.h"
#include "common/json/documents.h"
#include "common/net/secrets/digest.h"
#include "common/wire/audit.h"

namespace pi::client {

JobAudit auditOf(net::ClientLink& link, wire::Job::Client job) {
  return fromWire(link.answer(job.auditRequest().send()).getAudit());
}

ExitCode run(const command::Audit& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  JobAudit audit = auditOf(link, openJob(link, command.job).job);
  std::string hash = net::sha256(resultLines(audit));
  print(options.output == Output::kJson ? jsonLine(auditObject(audit, hash))
                                        : auditText(audit, hash, styleOfStdout()));
  return audit.isProven() ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace pi::client
