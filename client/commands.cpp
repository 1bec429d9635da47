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
#include "client/lasting_job.h"
#include "client/lasting_link.h"
#include "client/render.h"
#include "common/json/documents.h"
#include "common/net/loop/clock.h"
#include "common/wire/wire.h"

namespace pi::client {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  // Whoever closed the pipe has seen enough; a result that cannot be written is another matter.
  if (std::fflush(stdout) == 0 || errno == EPIPE) return;
  throw Failure(ExitCode::kFailed,
                "the result cannot be written: " + std::string(std::strerror(errno)) +
                    "; see where the output goes");
}

// When a command that was given so long has to be over; zero: whenever.
std::optional<Instant> deadlineOf(Duration timeout) {
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

ExitCode runOn(LastingLink& link, Interruption& interruption, const command::Run& run,
               const Options& options) {
  Progress progress(progressStyleOf(STDERR_FILENO));
  LastingJob job(link, run.spec);
  Followed followed = job.follow({.interruption = interruption,
                                  .progress = run.progress ? &progress : nullptr,
                                  .silenceMax = options.patience.silence});
  if (followed.ending == Ending::kOver) {
    printResult(followed.job, options.output);
    return exitCodeOf(followed.job);
  }
  bool isTimeout = followed.ending == Ending::kTimedOut;
  ExitCode code = isTimeout ? ExitCode::kTimedOut : ExitCode::kInterrupted;
  std::string why = isTimeout ? "its time was up" : "of an interrupt";
  JobInfo last = job.cancel(code, why);
  if (isOver(last.state) && last.state != JobState::kCancelled) {  // Over at that very moment.
    printResult(last, options.output);
    return exitCodeOf(last);
  }
  if (options.output == Output::kJson) printResult(last, options.output);
  throw Failure(code,
                job.name() + " was cancelled, " + percentText(last) + " done, because " + why);
}

// To the scheduler that the options lead to, wherever that is by then.
LastingLink::Call callScheduler(net::KjLoop& loop, const Options& options) {
  return [&loop, &options](std::optional<Instant> deadline) {
    return connectTo(loop, options, deadline);
  };
}

}  // namespace

ExitCode perform(const command::Run& run, const Options& options) {
  std::optional<Instant> deadline = deadlineOf(run.timeout);
  net::KjLoop loop;
  std::optional<Whereabouts> whereabouts;
  if (!run.local) whereabouts = findScheduler(options);
  if (whereabouts) {
    if (run.threads != 0) {
      throw Failure(ExitCode::kUsage,
                    "--threads is for local runs, and this one goes to the scheduler of " +
                        whereabouts->source + "; add --local or leave --threads out");
    }
    net::ClientLink first = connect(loop, *whereabouts, deadline);
    Interruption interruption(loop);  // Before the job: one that nobody waits for is not left.
    LastingLink link(kj::mv(first), {.patience = options.patience,
                                     .interruption = &interruption,
                                     .call = callScheduler(loop, options)});
    return runOn(link, interruption, run, options);
  }
  EmbeddedCluster cluster(loop, run.threads);
  if (run.progress) {
    std::string why = run.local ? "" : "no scheduler found: ";
    std::fprintf(stderr, "%scomputing on this machine's own %u threads\n", why.c_str(),
                 cluster.threads());
  }
  Interruption interruption(loop);
  LastingLink link(cluster.enter(loop, deadline), {.interruption = &interruption});
  return runOn(link, interruption, run, options);
}

ExitCode perform(const command::Submit& submit, const Options& options) {
  net::KjLoop loop;
  LastingLink link(connectTo(loop, options),
                   {.patience = options.patience, .call = callScheduler(loop, options)});
  JobId job = LastingJob(link, submit.spec).submit();
  print(options.output == Output::kJson ? jsonLine(submissionObject(job)) : submitText(job));
  return ExitCode::kDone;
}

ExitCode perform(const command::List& /*list*/, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  auto response = link.answer(link.desk.listRequest().send());
  std::vector<JobInfo> jobs;
  for (wire::JobInfo::Reader job : response.getJobs()) jobs.push_back(fromWire(job));
  print(options.output == Output::kJson ? jsonLine(jobListObject(jobs)) : listText(jobs));
  return ExitCode::kDone;
}

ExitCode perform(const command::Status& status, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  JobInfo job = infoOf(link, open(link, status.job).job);
  print(options.output == Output::kJson ? jsonLine(jobObject(job)) : statusText(job));
  return ExitCode::kDone;
}

ExitCode perform(const command::Wait& wait, const Options& options) {
  net::KjLoop loop;
  net::ClientLink first = connectTo(loop, options, deadlineOf(wait.timeout));
  Interruption interruption(loop);
  LastingLink link(kj::mv(first), {.patience = options.patience,
                                   .interruption = &interruption,
                                   .call = callScheduler(loop, options)});
  Progress progress(progressStyleOf(STDERR_FILENO));
  LastingJob job(link, wait.job);
  Followed followed = job.follow({.interruption = interruption,
                                  .progress = wait.progress ? &progress : nullptr,
                                  .silenceMax = options.patience.silence});
  switch (followed.ending) {
    case Ending::kTimedOut:
      throw Failure(ExitCode::kTimedOut, "the time was up; " + job.name() + " goes on");
    case Ending::kInterrupted:
      throw Failure(ExitCode::kInterrupted, "interrupted; " + job.name() + " goes on");
    case Ending::kOver:
      break;
  }
  printResult(followed.job, options.output);
  return exitCodeOf(followed.job);
}

ExitCode perform(const command::Cancel& cancelled, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  JobInfo job = cancel(link, cancelled.job);
  std::string which = "job " + std::to_string(number(job.id));
  if (job.state != JobState::kCancelled) {
    throw Failure(ExitCode::kFailed, which + " is " + std::string(name(job.state)) + " already");
  }
  print(which + " cancelled, " + percentText(job) + " done\n");
  return ExitCode::kDone;
}

ExitCode perform(const command::Workers& /*workers*/, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
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
