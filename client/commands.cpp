#include "client/commands.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "client/embedded.h"
#include "client/failure.h"
#include "client/find_scheduler.h"
#include "client/interruption.h"
#include "client/job_calls.h"
#include "client/reconnecting_job.h"
#include "client/reconnecting_link.h"
#include "client/render.h"
#include "common/json/documents.h"
#include "common/net/loop/clock.h"
#include "common/wire/wire.h"

namespace pi::client {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  // A reader may close the pipe early; every other write error is reported.
  if (std::fflush(stdout) == 0 || errno == EPIPE) return;
  throw Failure(ExitCode::kFailed,
                "the result cannot be written to stdout: " + std::string(std::strerror(errno)));
}

// Nullopt for a timeout of zero, which means no limit.
std::optional<Instant> deadlineAfter(Duration timeout) {
  if (timeout == Duration::zero()) return std::nullopt;
  return net::now() + timeout;
}

void printResult(const JobInfo& job, Output output) {
  switch (output) {
    case Output::kText:
      return print(resultText(job));
    case Output::kJson:
      return print(jsonLine(jobObject(job)));
    case Output::kQuiet:
      return print(quietText(job));
  }
}

ExitCode exitCodeOf(const JobInfo& job) {
  return job.state == JobState::kFinished ? ExitCode::kDone : ExitCode::kFailed;
}

ExitCode runJob(ReconnectingLink& link, Interruption& interruption, const command::Run& command,
                const Options& options) {
  Progress progress(progressStyleOf(STDERR_FILENO));
  ReconnectingJob job(link, command.spec);
  FollowResult result = job.follow({.interruption = interruption,
                                    .progress = command.progress ? &progress : nullptr,
                                    .silenceMax = options.reconnect.silence});
  if (result.outcome == Outcome::kDone) {
    printResult(result.job, options.output);
    return exitCodeOf(result.job);
  }
  bool isTimeout = result.outcome == Outcome::kTimedOut;
  ExitCode code = isTimeout ? ExitCode::kTimedOut : ExitCode::kInterrupted;
  std::string reason = isTimeout ? "the timeout was reached" : "interrupted";
  JobInfo last = job.cancel(code, reason);
  if (isOver(last.state) && last.state != JobState::kCancelled) {  // It ended just before.
    printResult(last, options.output);
    return exitCodeOf(last);
  }
  if (options.output == Output::kJson) printResult(last, options.output);
  throw Failure(code,
                reason + "; " + job.name() + " was cancelled, " + percentText(last) + " done");
}

// For reconnecting: reads the connection file again, since the scheduler may have moved.
ReconnectingLink::Connect connectBy(net::KjLoop& loop, const Options& options) {
  return [&loop, &options](std::optional<Instant> deadline) {
    return connectToScheduler(loop, options, deadline);
  };
}

ExitCode runLocally(net::KjLoop& loop, const command::Run& command, const Options& options,
                    std::optional<Instant> deadline) {
  EmbeddedCluster cluster(loop, command.threads);
  if (command.progress) {
    std::string why = command.local ? "" : "no scheduler found: ";
    std::fprintf(stderr, "%scomputing on this machine with %u threads\n", why.c_str(),
                 cluster.threads());
  }
  Interruption interruption(loop);
  ReconnectingLink link(cluster.connect(loop, deadline), {.interruption = &interruption});
  return runJob(link, interruption, command, options);
}

}  // namespace

ExitCode run(const command::Run& command, const Options& options) {
  std::optional<Instant> deadline = deadlineAfter(command.timeout);
  net::KjLoop loop;
  std::optional<SchedulerLocation> location;
  if (!command.local) location = findScheduler(options);
  if (!location) return runLocally(loop, command, options, deadline);
  if (command.threads != 0) {
    throw Failure(ExitCode::kUsage, "--threads is only for local runs, but " + location->source +
                                        " names a scheduler; add --local, or leave --threads out");
  }
  net::ClientLink first = connect(loop, *location, deadline);
  // Before the job is submitted, so that an interrupt always cancels it.
  Interruption interruption(loop);
  ReconnectingLink link(kj::mv(first), {.limits = options.reconnect,
                                        .interruption = &interruption,
                                        .connect = connectBy(loop, options)});
  return runJob(link, interruption, command, options);
}

ExitCode run(const command::Submit& command, const Options& options) {
  net::KjLoop loop;
  ReconnectingLink link(connectToScheduler(loop, options),
                        {.limits = options.reconnect, .connect = connectBy(loop, options)});
  ReconnectingJob job(link, command.spec);
  JobId id = job.submit();
  print(options.output == Output::kJson ? jsonLine(submissionObject(id, job.uid()))
                                        : submitText(id));
  return ExitCode::kDone;
}

ExitCode run(const command::List& /*command*/, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  auto response = link.answer(link.desk.listRequest().send());
  std::vector<JobInfo> jobs;
  for (wire::JobInfo::Reader job : response.getJobs()) jobs.push_back(fromWire(job));
  print(options.output == Output::kJson ? jsonLine(jobListObject(jobs)) : listText(jobs));
  return ExitCode::kDone;
}

ExitCode run(const command::Status& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  JobInfo job = infoOf(link, openJob(link, command.job).job);
  print(options.output == Output::kJson ? jsonLine(jobObject(job)) : statusText(job));
  return ExitCode::kDone;
}

ExitCode run(const command::Wait& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink first = connectToScheduler(loop, options, deadlineAfter(command.timeout));
  Interruption interruption(loop);
  ReconnectingLink link(kj::mv(first), {.limits = options.reconnect,
                                        .interruption = &interruption,
                                        .connect = connectBy(loop, options)});
  Progress progress(progressStyleOf(STDERR_FILENO));
  ReconnectingJob job(link, command.job);
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

ExitCode run(const command::Cancel& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  JobInfo job = cancelJob(link, {.id = command.job});
  std::string which = "job " + std::to_string(number(job.id));
  if (job.state != JobState::kCancelled) {
    throw Failure(ExitCode::kFailed, which + " is already " + std::string(name(job.state)));
  }
  print(which + " cancelled, " + percentText(job) + " done\n");
  return ExitCode::kDone;
}

ExitCode run(const command::Workers& /*command*/, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  auto response = link.answer(link.desk.workersRequest().send());
  std::vector<WorkerInfo> workers;
  for (wire::WorkerInfo::Reader worker : response.getWorkers()) {
    workers.push_back(fromWire(worker));
  }
  print(options.output == Output::kJson ? jsonLine(workerListObject(workers))
                                        : workersText(workers));
  return ExitCode::kDone;
}

}  // namespace pi::client
