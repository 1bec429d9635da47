// The commands wait, extend, priority and cancel.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
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
#include "client/warnings.h"
#include "common/net/loop/clock.h"
#include "common/net/transport/connect_error.h"

namespace pi::client {
namespace {

std::vector<JobId> idsOf(const JobChoice& choice, net::ClientLink& link) {
  if (!choice.all) return choice.ids;
  std::vector<JobId> ids;
  for (const JobInfo& job : listJobs(link, {.onlyUnfinished = true})) ids.push_back(job.id);
  return ids;
}

void reportNone() { report("all jobs are over: there is nothing to do"); }

// An unknown job is an error before the wait for any other begins.
Outcome findAll(const std::vector<JobId>& ids, ReconnectingLink& link, std::vector<JobKey>& keys) {
  link.setLossAdvice({.whenBack = "the wait begins again", .remedy = "give the command again"});
  return link.run([&](net::ClientLink& connection) {
    keys.clear();
    for (JobId id : ids) {
      OpenJob job = openJob(connection, id);
      link.noteAnswer();
      // "last" may be the id of another word.
      if (std::ranges::find(keys, job.id, &JobKey::id) != keys.end()) continue;
      keys.push_back({.id = job.id, .uid = job.uid});
    }
    return Outcome::kDone;
  });
}

// The present state of jobs when the wait has ended early.  The scheduler gets little time for its
// answers, because the user wants the program to end.
class LastLook {
 public:
  explicit LastLook(ReconnectingLink& link) : link_(link.link()) {
    constexpr Duration kTimeMax = std::chrono::seconds(2);
    if (link_ != nullptr) link_->deadline = net::now() + kTimeMax;
  }

  // Nullopt if the scheduler does not answer, or does not know the job any more.
  std::optional<JobInfo> at(const JobKey& key) {
    if (link_ == nullptr) return std::nullopt;
    try {
      std::optional<OpenJob> job = findJob(*link_, key);
      return job ? std::optional(infoOf(*link_, job->job)) : std::nullopt;
    } catch (const net::ConnectError&) {
    } catch (const kj::Exception& error) {
      if (!net::isLost(error)) throw;
    }
    link_ = nullptr;
    return std::nullopt;
  }

 private:
  net::ClientLink* link_;
};

// Prints the estimates so far of `left`, the jobs whose end was not seen.  Throws Failure with the
// reason, unless all of them ended meanwhile.
ExitCode stopWaiting(std::span<const JobKey> left, ReconnectingLink& link, Outcome outcome,
                     const Options& options) {
  bool isTimeout = outcome == Outcome::kTimedOut;
  std::string reason = isTimeout ? "the timeout was reached" : "interrupted";
  ExitCode code = ExitCode::kDone;
  std::vector<JobId> unfinished;
  LastLook look(link);
  for (const JobKey& key : left) {
    std::optional<JobInfo> job = look.at(key);
    bool isOver = job && pi::isOver(job->state);
    if (!isOver) unfinished.push_back(key.id);
    if (!job || (!isOver && job->samplesCounted == 0)) continue;
    if (!isOver) job->reason = reason;
    printResult(*job, options.output);
    if (isOver && exitCodeOf(*job) != ExitCode::kDone) code = exitCodeOf(*job);
  }
  if (unfinished.empty() && !left.empty()) return code;
  std::string which = unfinished.size() == 1
                          ? "job " + std::to_string(number(unfinished.front())) + " continues"
                          : "the jobs continue";
  throw Failure(isTimeout ? ExitCode::kTimedOut : ExitCode::kInterrupted, reason + "; " + which);
}

std::string alreadyOver(JobState state) {
  return (state == JobState::kCancelled ? " was already " : " has already ") +
         std::string(name(state));
}

// The job to extend, before it grows: "last" must stay the same job.
JobKey keyOf(net::ClientLink& link, const command::Extend& command) {
  OpenJob found = openJob(link, command.job);
  JobSpec spec = infoOf(link, found.job).spec;
  spec.samples = command.samples;
  spec.targetError = 0;
  warnOfYears(spec, link);
  return {.id = found.id, .uid = found.uid};
}

// Throws Failure if the job is unknown.
void cancelOne(JobId id, net::ClientLink& link) {
  Cancelled cancelled = cancelJob(link, {.id = id}, "cancelled by " + userAtHost());
  const JobInfo& job = cancelled.job;
  print("job " + std::to_string(number(job.id)) +
        (cancelled.wasOver ? alreadyOver(job.state) : " cancelled") + ", " + percentText(job) +
        " done\n");
}

}  // namespace

ExitCode run(const command::Wait& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink first = connectToScheduler(loop, options, deadlineAfter(command.timeout));
  std::vector<JobId> ids = idsOf(command.jobs, first);
  if (ids.empty()) reportNone();
  Interruption interruption(loop);
  ReconnectingLink link(kj::mv(first), reconnectBy(loop, options, &interruption));
  std::vector<JobKey> keys;
  Outcome found = findAll(ids, link, keys);
  if (found != Outcome::kDone) return stopWaiting({}, link, found, options);
  ExitCode code = ExitCode::kDone;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ReconnectingJob job(link, keys[i]);
    if (keys.size() > 1 && command.progress) report("waiting for " + job.name());
    FollowResult result =
        job.follow({.interruption = interruption, .showsProgress = command.progress});
    if (result.outcome != Outcome::kDone) {
      ExitCode rest = stopWaiting(std::span(keys).subspan(i), link, result.outcome, options);
      return rest == ExitCode::kDone ? code : rest;
    }
    printResult(result.job, options.output);
    ExitCode one = exitCodeOf(result.job);
    if (one != ExitCode::kDone) code = one;
  }
  return code;
}

ExitCode run(const command::Extend& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink first = connectToScheduler(loop, options, deadlineAfter(command.timeout));
  JobKey key = keyOf(first, command);
  Interruption interruption(loop);
  ReconnectingLink link(kj::mv(first), reconnectBy(loop, options, &interruption));
  ReconnectingJob job(link, JobExtension{.key = key, .samples = command.samples});
  FollowResult result =
      job.follow({.interruption = interruption, .showsProgress = command.progress});
  if (result.outcome != Outcome::kDone)
    return stopWaiting({&key, 1}, link, result.outcome, options);
  printResult(result.job, options.output);
  return exitCodeOf(result.job);
}

ExitCode run(const command::Priority& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  Reprioritized changed = setPriority(link, openJob(link, command.job).job, command.priority);
  const JobInfo& job = changed.job;
  print("job " + std::to_string(number(job.id)) +
        (changed.wasOver ? alreadyOver(job.state)
                         : " has priority " + std::to_string(job.spec.priority) + " now") +
        "\n");
  return ExitCode::kDone;
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
