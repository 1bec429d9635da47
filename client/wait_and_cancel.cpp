// The commands wait and cancel, for one job or several.
#include <unistd.h>

#include <string>
#include <vector>

#include "client/commands.h"
#include "client/failure.h"
#include "client/find_scheduler.h"
#include "client/interruption.h"
#include "client/job_calls.h"
#include "client/output.h"
#include "client/reconnecting_job.h"
#include "client/reconnecting_link.h"
#include "client/submitter.h"

namespace pi::client {
namespace {

std::vector<JobId> idsOf(const JobChoice& choice, net::ClientLink& link) {
  if (!choice.all) return choice.ids;
  std::vector<JobId> ids;
  for (const JobInfo& job : listJobs(link, {.onlyUnfinished = true})) ids.push_back(job.id);
  return ids;
}

void reportNone() { report("all jobs are over: there is nothing to do"); }

// Throws Failure if the wait ended before the job.
ExitCode waitFor(JobId id, ReconnectingLink& link, Interruption& interruption,
                 const command::Wait& command, const Options& options) {
  Progress progress(progressStyleOf(STDERR_FILENO));
  ReconnectingJob job(link, id);
  FollowResult result = job.follow({.interruption = interruption,
                                    .progress = command.progress ? &progress : nullptr,
                                    .silenceMax = options.reconnect.silence});
  switch (result.outcome) {
    case Outcome::kTimedOut:
      throw Failure(ExitCode::kTimedOut, "the timeout was reached; " + job.name() + " continues");
    case Outcome::kInterrupted:
      throw Failure(ExitCode::kInterrupted, "interrupted; " + job.name() + " continues");
    case Outcome::kDone:
      break;
  }
  printResult(result.job, options.output);
  return exitCodeOf(result.job);
}

// Throws Failure if the job is unknown or ended in another way.
void cancelOne(JobId id, net::ClientLink& link) {
  Cancelled cancelled = cancelJob(link, {.id = id}, "cancelled by " + userAtHost());
  const JobInfo& job = cancelled.job;
  std::string which = "job " + std::to_string(number(job.id));
  if (job.state != JobState::kCancelled) {
    throw Failure(ExitCode::kFailed, which + " is already " + std::string(name(job.state)));
  }
  print(which + (cancelled.wasOver ? " was already cancelled, " : " cancelled, ") +
        percentText(job) + " done\n");
}

}  // namespace

ExitCode run(const command::Wait& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink first = connectToScheduler(loop, options, deadlineAfter(command.timeout));
  std::vector<JobId> ids = idsOf(command.jobs, first);
  if (ids.empty()) reportNone();
  Interruption interruption(loop);
  ReconnectingLink link(kj::mv(first), {.limits = options.reconnect,
                                        .interruption = &interruption,
                                        .connect = connectBy(loop, options)});
  ExitCode code = ExitCode::kDone;
  for (JobId id : ids) {
    if (ids.size() > 1 && command.progress) {
      report("waiting for " +
             (id == JobId{} ? "the last job" : "job " + std::to_string(number(id))));
    }
    ExitCode one = waitFor(id, link, interruption, command, options);
    if (one != ExitCode::kDone) code = one;
  }
  return code;
}

ExitCode run(const command::Cancel& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  std::vector<JobId> ids = idsOf(command.jobs, link);
  if (ids.empty()) reportNone();
  ExitCode code = ExitCode::kDone;
  for (JobId id : ids) {
    try {
      cancelOne(id, link);
    } catch (...) {
      Failure failure = currentFailure();
      if (failure.code() != ExitCode::kFailed) throw;
      report(failure.what());  // The other jobs are cancelled nevertheless.
      code = failure.code();
    }
  }
  return code;
}

}  // namespace pi::client
