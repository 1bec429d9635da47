// The command run: submits a job and waits for it, at a scheduler or inside this process.
#include <cstdio>
#include <string>

#include "client/commands.h"
#include "client/embedded.h"
#include "client/failure.h"
#include "client/find_scheduler.h"
#include "client/interruption.h"
#include "client/output.h"
#include "client/reconnecting_job.h"
#include "client/reconnecting_link.h"
#include "client/submitter.h"
#include "client/wait_for_workers.h"
#include "client/warnings.h"
#include "common/base/quantity.h"

namespace pi::client {
namespace {

ExitCode runJob(ReconnectingLink& link, Interruption& interruption, const command::Run& command,
                const Options& options, Place place) {
  ReconnectingJob job(link, submittedByUser(command.spec));
  // Also without progress: with its id, the job can be found and cancelled from elsewhere.
  if (options.output != Output::kQuiet && place == Place::kCluster) {
    job.whenSubmitted([](JobId id) { report("job " + std::to_string(number(id)) + " submitted"); });
  }
  FollowResult result =
      job.follow({.interruption = interruption, .showsProgress = command.progress});
  if (result.outcome == Outcome::kDone) {
    printResult(result.job, options.output, place);
    return exitCodeOf(result.job);
  }
  bool isTimeout = result.outcome == Outcome::kTimedOut;
  ExitCode code = isTimeout ? ExitCode::kTimedOut : ExitCode::kInterrupted;
  std::string reason = isTimeout ? "the timeout was reached" : "interrupted";
  JobInfo last = job.cancel(code, reason);
  printResult(last, options.output, place);                         // The estimate so far.
  if (last.state != JobState::kCancelled) return exitCodeOf(last);  // It ended just before.
  throw Failure(code,
                reason + "; " + job.name() + " was cancelled, " + percentText(last) + " done");
}

ExitCode runLocally(net::KjLoop& loop, const command::Run& command, const Options& options,
                    std::optional<Instant> deadline) {
  EmbeddedCluster cluster(loop, command.threads);
  std::string what = "computing on this machine with " + countText(cluster.threads(), "thread");
  // A user who did not ask for a local run must learn of it in any case.
  if (!command.local) {
    report("no scheduler found: " + what);
  } else if (command.progress) {
    report(what);
  }
  warnOfThreads(cluster.threads(), EmbeddedCluster::usableCpus());
  warnOfYears(command.spec, cluster.samplesPerSecond());
  Interruption interruption(loop);
  ReconnectingLink link(cluster.connect(loop, deadline),
                        {.limits = options.reconnect, .interruption = &interruption});
  return runJob(link, interruption, command, options, Place::kThisProgram);
}

}  // namespace

ExitCode run(const command::Run& command, const Options& options) {
  std::optional<Instant> deadline = deadlineAfter(command.timeout);
  net::KjLoop loop;
  std::optional<SchedulerLocation> location;
  if (!command.local) location = findScheduler(options);
  if (!location && command.waitWorkers > 0) {
    throw Failure(ExitCode::kNoScheduler,
                  "there is no connection file, so no scheduler whose workers --wait-workers could "
                  "wait for; start pi-scheduler, or leave --wait-workers out");
  }
  if (!location) return runLocally(loop, command, options, deadline);
  if (command.threads != 0) {
    throw Failure(ExitCode::kUsage, "--threads is only for local runs, but " + location->source +
                                        " names a scheduler; add --local, or leave --threads out");
  }
  net::ClientLink first = connect(loop, *location, deadline);
  warnOfYears(command.spec, first);
  // Before the job is submitted, so that an interrupt always cancels it.
  Interruption interruption(loop);
  ReconnectingLink link(kj::mv(first), reconnectBy(loop, options, &interruption));
  if (command.waitWorkers > 0) {
    waitForWorkers(link, interruption, command.waitWorkers, command.progress);
  }
  return runJob(link, interruption, command, options, Place::kCluster);
}

}  // namespace pi::client
