#include "client/scaling_runs.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "client/embedded.h"
#include "client/failure.h"
#include "client/job_calls.h"
#include "client/output.h"
#include "client/reconnecting_job.h"
#include "client/submitter.h"
#include "client/wait_for_workers.h"
#include "common/base/quantity.h"
#include "common/model/limits.h"
#include "common/net/loop/clock.h"
#include "common/wire/wire.h"

namespace pi::client {
namespace {

// A run that was disturbed so often counts as it is.
// Not in SECURITY.md: no peer gains by it.
constexpr int kTriesMax = 3;

// For so long a worker that was lost may come back before its threads are missed.
// Not in SECURITY.md: the user who waits may interrupt it.
constexpr Duration kBackMax = std::chrono::seconds(10);
constexpr Duration kBetweenLooks = std::chrono::milliseconds(200);

TimedRun timedRun(const JobInfo& job) {
  if (job.state != JobState::kFinished) {
    throw Failure(ExitCode::kFailed, "job " + std::to_string(number(job.id)) + ", a run of this " +
                                         "measurement, ended as " + std::string(name(job.state)) +
                                         (job.reason.empty() ? "" : ": " + job.reason) +
                                         "; measure again");
  }
  return {.seconds = seconds(std::max(job.elapsed - job.waiting, Duration(1))),
          .hits = job.hits.total()};
}

ClusterLook lookAt(net::ClientLink& link) {
  ClusterLook look{.unfinishedJobs = describeScheduler(link).unfinishedJobs};
  for (const WorkerInfo& worker : listWorkers(link)) {
    if (worker.state != WorkerState::kActive || worker.profile.cpuThreads == 0) continue;
    look.workers.push_back({.id = worker.id, .threads = worker.profile.cpuThreads});
  }
  std::ranges::sort(look.workers, {}, &ClusterLook::Worker::id);
  for (const JobInfo& job : listJobs(link, {.limit = 1})) look.newestJob = job.id;
  return look;
}

}  // namespace

TimedRun runHere(net::KjLoop& loop, std::uint32_t threads, const JobSpec& spec) {
  EmbeddedCluster cluster(loop, threads);
  net::ClientLink link = cluster.connect(loop, std::nullopt);
  OpenJob job = submitJob(link, spec, newRequestId());
  // However long it takes: this process is the scheduler, so it cannot be silent.
  return timedRun(fromWire(job.job.waitRequest().send().wait(loop.waitScope()).getInfo()));
}

std::uint32_t ClusterLook::threads() const {
  std::uint64_t all = 0;
  for (const Worker& worker : workers) all += worker.threads;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(all, kJobThreadsMax));
}

std::string disturbanceOf(const ClusterLook& before, const ClusterLook& after,
                          const JobInfo& measured) {
  bool hadOthers = before.unfinishedJobs > 0 || after.unfinishedJobs > 0;
  if (hadOthers || after.newestJob != measured.id) return "other jobs ran meanwhile";
  if (before.workers != after.workers) return "workers came or went meanwhile";
  if (measured.threads < measured.spec.threadsMax) {
    return "only " + countText(measured.threads, "thread") + " took part, as the job is short";
  }
  return "";
}

std::uint32_t ClusterRuns::waitForThreads() {
  waitForWorkers(link_, interruption_, 1, true);
  Instant end = net::now() + kBackMax;
  ClusterLook found = look();
  // A worker that has just joined may need a moment.
  while (found.workers.empty() && net::now() < end) {
    pause(kBetweenLooks);
    found = look();
  }
  if (found.workers.empty()) {
    throw Failure(ExitCode::kFailed,
                  "no worker can limit the threads of a job: each has GPUs alone, does not "
                  "answer, or is of an older release; start another one with pi-worker, or measure "
                  "this machine with --local");
  }
  return found.threads();
}

TimedRun ClusterRuns::run(std::uint32_t threads, const JobSpec& spec) {
  JobSpec limited = submittedByUser(spec);
  limited.threadsMax = threads;
  limited.name = "scaling, " + countText(threads, "thread");
  for (int tries = 1;; ++tries) {
    ClusterLook before = lookWithThreads(threads);
    JobInfo job = compute(limited);
    TimedRun run = timedRun(job);
    std::string disturbance = disturbanceOf(before, look(), job);
    if (disturbance.empty()) return run;
    std::string where = "warning: on " + countText(threads, "thread") + ": " + disturbance;
    if (tries == kTriesMax) {
      report(where + "; the time counts nevertheless, so do not rely on it");
      return run;
    }
    report(where + "; measuring again");
  }
}

ClusterLook ClusterRuns::look() {
  link_.setLossAdvice({.whenBack = "the measurement continues", .remedy = "measure again"});
  ClusterLook found;
  Outcome outcome = link_.run([&](net::ClientLink& connection) {
    found = lookAt(connection);
    link_.noteAnswer();
    return Outcome::kDone;
  });
  if (outcome != Outcome::kDone) throw Failure(ExitCode::kInterrupted, "interrupted");
  return found;
}

ClusterLook ClusterRuns::lookWithThreads(std::uint32_t threads) {
  Instant end = net::now() + kBackMax;
  while (true) {
    ClusterLook found = look();
    if (found.threads() >= threads) return found;
    if (net::now() >= end) {
      throw Failure(ExitCode::kFailed, "the workers have " + countText(found.threads(), "thread") +
                                           " now, and " + countText(threads) +
                                           " are to be measured; start the workers that have left "
                                           "again, or give a smaller --max-threads");
    }
    pause(kBetweenLooks);
  }
}

JobInfo ClusterRuns::compute(const JobSpec& spec) {
  ReconnectingJob job(link_, spec);
  FollowResult result = job.follow({.interruption = interruption_});
  if (result.outcome == Outcome::kDone) return result.job;
  job.cancel(ExitCode::kInterrupted, "interrupted");
  throw Failure(ExitCode::kInterrupted, "interrupted; " + job.name() + " was cancelled");
}

void ClusterRuns::pause(Duration length) {
  bool isInterrupted = loop_.until(net::now() + length)
                           .then([] { return false; })
                           .exclusiveJoin(interruption_.whenSignalled().then([] { return true; }))
                           .wait(loop_.waitScope());
  if (isInterrupted) throw Failure(ExitCode::kInterrupted, "interrupted");
}

}  // namespace pi::client
