// Compares what a story shows with what must be true: results, promises, and who is punished.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/model/job.h"
#include "common/model/lease.h"
#include "scheduler/core/scheduler.h"

namespace pi::simulation {

class WorkerProcess;

// Every lease that was lent in this state directory, and to which worker.
using Tickets = std::map<std::pair<WorkerId, LeaseId>, Lease>;

class Judge {
 public:
  explicit Judge(const scheduler::Config& config)
      : endedJobsKept_(config.endedJobsKept),
        surpriseMax_(config.surpriseMax),
        block_(config.block) {}

  // Empty if nothing is wrong; else the first violation.
  const std::string& wrong() const { return wrong_; }
  void fail(std::string_view violation);

  // The promises that the scheduler made to its clients.
  void noteAccepted(JobId job, const JobSpec& spec) { accepted_.emplace(job, spec); }
  // A client asks for an extension; the scheduler may crash after its commit.
  void noteExtensionAsked(JobId job, std::uint64_t samples) { extending_[job] = samples; }
  void noteExtended(JobId job, std::uint64_t samples);
  void noteEnd(const JobInfo& ended);
  // The state directory is lost: no promise holds any longer.
  // `jobs` are those that the scheduler had.
  void forgetPromises(const std::vector<JobInfo>& jobs);
  // All jobs at the moment at which a scheduler has committed everything and exits.
  void noteOrderlyStop(std::vector<JobInfo> jobs) { leftBehind_ = std::move(jobs); }

  // A new scheduler must keep every promise, and have all that an orderly stop left behind.
  void checkRestart(const scheduler::Scheduler& core, Instant now);

  // One request became a second job, which is right only if the first is over and forgotten.
  void checkSecondJob(JobId first, const scheduler::Scheduler& core, Instant now);

  // Only a liar may be said to lie; only a handicapped worker may be said to fail.
  void checkQuarantine(const scheduler::action::Quarantine& quarantine,
                       const std::vector<std::unique_ptr<WorkerProcess>>& workers);

  // No job has more threads, in the leases that run, than its user allows.
  void checkSeats(const scheduler::Scheduler& core, const Tickets& tickets, Instant now);

  // The worker may report false hits of the job from now on.
  void noteFalse(JobId job, WorkerId worker) { false_[job].insert(worker); }
  // A true tally of the worker was doubted.
  void checkDoubt(JobId job, WorkerId worker);

  // A lease of a job that is counted by nets ends where a block does, or with the job's samples.
  void checkLeaseEnd(const Lease& lease, const JobInfo& job);

  // A finished job has the hits that one machine would find, except for what cheats can hide.
  void checkResult(const JobInfo& job);

  // The first samples of a job have these hits, if no cheat can hide any.
  void checkPrefix(const JobInfo& job, std::uint64_t samples, const Hits& hits);

  // Counted samples that were lost with a state directory.
  std::uint64_t costLost() const { return costLost_; }

  // The jobs whose end was announced.
  const std::map<JobId, JobInfo>& ended() const { return ended_; }

 private:
  bool mayBeForgotten(JobId job, const scheduler::Scheduler& core, Instant now) const;

  std::uint64_t hiddenHitsMax(const JobInfo& job) const;

  std::size_t endedJobsKept_;
  double surpriseMax_;
  BlockRule block_;
  std::map<JobId, JobSpec> accepted_;
  std::map<JobId, std::uint64_t> extending_;  // To how many samples.
  std::map<JobId, JobInfo> ended_;
  std::vector<JobInfo> leftBehind_;
  std::map<JobId, std::set<WorkerId>> false_;  // The cheats of each job.
  std::uint64_t schedulers_ = 0;
  std::uint64_t costLost_ = 0;
  std::string wrong_;
};

}  // namespace pi::simulation
