// The commands trace and report: documents about the past of a job.
#include "client/audit.h"
#include "client/chrome_trace.h"
#include "client/commands.h"
#include "client/failure.h"
#include "client/find_scheduler.h"
#include "client/history_calls.h"
#include "client/job_calls.h"
#include "client/report/page.h"
#include "client/result_file.h"
#include "common/model/version.h"
#include "common/net/secrets/digest.h"

namespace pi::client {
namespace {

constexpr const char* kFileOption = "--output";

// A scheduler may be unable to audit a job: it saves none, or is of an earlier release.  The report
// then says so, and all else is in it.
void addAudit(JobPast& past, net::ClientLink& link, wire::Job::Client job) {
  try {
    past.audit = auditOf(link, job);
    past.auditHash = net::sha256(resultLines(*past.audit));
  } catch (...) {
    Failure failure = currentFailure();
    if (failure.code() != ExitCode::kFailed) throw;
    past.notAudited = failure.what();
  }
}

}  // namespace

ExitCode run(const command::Trace& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  OpenJob job = openJob(link, command.job);
  ChromeTrace::Subject subject{
      .job = infoOf(link, job.job), .scheduler = describeScheduler(link), .tracks = tracksOf(link)};
  ResultFile file(command.file, kFileOption);
  ChromeTrace trace(subject, [&file](const std::string& text) { file.write(text); });
  Unremembered rest =
      readLeases(link, job.job, [&trace](const LeaseRecord& lease) { trace.add(lease); });
  trace.finish(rest.restored + rest.forgotten);
  file.close();
  return ExitCode::kDone;
}

ExitCode run(const command::Report& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  OpenJob job = openJob(link, command.job);
  JobPast past{.job = infoOf(link, job.job),
               .scheduler = describeScheduler(link),
               .points = pointsOf(link, job.job),
               .throughput = throughputOf(link, job.job),
               .tracks = tracksOf(link),
               .clientVersion = std::string(programVersion())};
  Unremembered rest =
      readLeases(link, job.job, [&past](const LeaseRecord& lease) { past.leases.add(lease); });
  if (isOver(past.job.state)) addAudit(past, link, job.job);
  past.restored = rest.restored;
  past.forgotten = rest.forgotten;
  ResultFile file(command.file, kFileOption);
  file.write(reportPage(past));
  file.close();
  return ExitCode::kDone;
}

}  // namespace pi::client
