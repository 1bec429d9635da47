// The scheduler's decisions, free of I/O: events in, actions out, time as an argument.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/job.h"
#include "scheduler/core/action.h"
#include "scheduler/core/config.h"
#include "scheduler/core/event.h"
#include "scheduler/core/job_queue.h"
#include "scheduler/core/ledger.h"
#include "scheduler/core/rate_meter.h"
#include "scheduler/core/roster.h"

namespace pi::scheduler {

class Scheduler {
 public:
  explicit Scheduler(const Config& config);

  // Takes one event and returns what to do about it.  The only way the state changes.  Events of
  // workers that are not known are ignored.
  Actions handle(const Event& event, Instant now);

  // When event::Tick is wanted at the latest; nothing if time alone will change nothing.
  std::optional<Instant> wakeAt() const;

  // Nothing for a job that never was, or that was over long ago.
  std::optional<JobInfo> job(JobId job, Instant now) const;
  std::vector<JobInfo> jobs(Instant now) const;
  std::vector<WorkerInfo> workers(Instant now) const;
  JobId lastJob() const { return lastJob_; }  // Zero before the first.
  bool hasUnfinishedJobs() const { return queue_.size() > 0; }

  // Aborts when a belief about this object is false.  Costs as much as there are leases.
  void checkInvariants() const;

 private:
  struct Contribution {
    std::uint64_t samples = 0;
    std::uint32_t threads = 0;
  };
  struct Job {
    JobSpec spec;
    JobState state = JobState::kQueued;
    std::string reason;
    Ledger ledger;
    Instant submittedAt;
    Instant talliedAt;
    RateMeter rate;
    std::map<WorkerId, Contribution> contributors;
    std::uint64_t duplicatesDropped = 0;
  };

  // scheduler.cpp: what happened
  void on(const event::WorkerJoined& joined, Instant now);
  void on(const event::WorkerLost& lost, Instant now);
  void on(const event::WorkerLeft& left, Instant now);
  void on(const event::Exchanged& exchanged, Instant now);
  void on(const event::Reported& reported, Instant now);
  void on(const event::LeaseTruncated& truncated, Instant now);
  void on(const event::JobSubmitted& submitted, Instant now);
  void on(const event::JobCancelled& cancelled, Instant now);
  void on(const event::WorkersDismissed& dismissed, Instant now);
  void on(const event::Tick& tick, Instant now);

  void forgiveOwnStall(Instant now);
  void hear(Worker& worker, const std::vector<LeaseTally>& done, Instant now);
  void countTally(Worker& worker, const LeaseTally& tally, Instant now);
  std::vector<LeaseId> reconcile(Worker& worker, const std::vector<Lease>& offered);
  void becomeDoubtful(Worker& worker, WorkerState state);
  void removeWorker(Worker& worker);
  void endLease(HeldLease held, WorkerId worker);
  void giveBackFrom(HeldLease held, const Worker& worker, std::uint64_t end);
  void disown(Worker& worker, const LeaseTally& tally);
  void setWaiting(Worker& worker, bool isWaiting);
  void updateState(Worker& worker, WorkerState state);
  void forgetHeld(WorkerId worker, LeaseId lease);
  void askToTruncate(Worker& worker, LeaseId lease, std::uint64_t end);
  void endJob(JobId id, Job& job, JobState state, std::string reason);
  Job* findJob(JobId job);

  // lending.cpp: who computes what
  void serveWaiting(Instant now);
  bool lendTo(Worker& worker, Instant now);
  std::optional<Lease> lendOne(Worker& worker, std::uint64_t samplesMax);
  std::optional<Lease> lendOneAgain(Worker& worker);
  LeaseSize sizeFor(const Worker& worker, const Job& job, std::uint64_t openSamples) const;
  void preemptFor(const JobSpec& spec, Instant now);
  void rebalance(Instant now);
  void rebalanceSoon(Instant now);
  std::uint64_t restOf(const Worker& worker) const;
  double backlogSeconds(const Worker& worker, Instant now) const;
  bool isStarving() const;
  bool moveTail(Worker& from, std::uint64_t samples);
  void findDoubtfulLeases();

  Config config_;
  std::map<JobId, Job> jobs_;
  std::deque<JobId> endedJobs_;  // Oldest first.
  JobQueue queue_;               // The unfinished ones.
  Roster roster_;
  std::deque<WorkerId> waiting_;  // Active workers whose exchange is not answered, longest first.
  std::vector<HeldLease> doubtfulLeases_;  // That may have samples to lend again, next one last.
  bool areDoubtsStale_ = true;             // Leases have ended or come into doubt since.
  std::uint64_t leasesLent_ = 0;
  JobId lastJob_{};
  std::optional<Instant> sweepAt_;
  Instant rebalanceAt_;
  Actions actions_;  // Of the event being handled.
};

}  // namespace pi::scheduler
