// The scheduler's decisions, free of I/O: events in, actions out, time as an argument.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/job.h"
#include "scheduler/core/action.h"
#include "scheduler/core/changes.h"
#include "scheduler/core/config.h"
#include "scheduler/core/event.h"
#include "scheduler/core/job_queue.h"
#include "scheduler/core/journal.h"
#include "scheduler/core/ledger.h"
#include "scheduler/core/rate_meter.h"
#include "scheduler/core/roster.h"

namespace pi::scheduler {

class Scheduler {
 public:
  // Goes on from what was saved, which must be sound: fragments of a job are disjoint and within
  // it, and it is finished if and only if they are all of it.
  explicit Scheduler(const Config& config, const Saved& saved = {}, Instant now = {});

  // Takes one event and returns what to do about it.  The only way the state changes.  Events of
  // workers that are not known are ignored.
  Actions handle(const Event& event, Instant now);

  // When event::Tick is wanted at the latest; nothing if time alone will change nothing.
  std::optional<Instant> wakeAt() const;

  // Nothing for a job that never was, that is not committed yet, or that was over long ago.
  std::optional<JobInfo> job(JobId job, Instant now) const;
  std::vector<JobInfo> jobs(Instant now) const;
  std::vector<WorkerInfo> workers(Instant now) const;
  // Whether that worker may join; those that are known may always.
  bool hasRoomFor(WorkerId worker) const;
  JobId lastJob() const;  // Of those; zero before the first.
  bool hasUnfinishedJobs() const { return queue_.size() + endsToAnnounce_ > 0; }

  // The last of the worker's tallies, by its own numbers, that it need not keep any more.
  std::uint64_t committedOf(WorkerId worker) const;
  bool isCommitted() const { return journal_.isClean(); }  // All of it.

  // Aborts when a belief about this object is false.  Costs as much as there are leases.
  void checkInvariants() const;

 private:
  struct Job {
    JobSpec spec;
    JobState state = JobState::kQueued;
    std::string reason{};
    std::string requestId{};
    bool isAccepted = false;   // It is committed that there is this job, ...
    bool isAnnounced = false;  // ... and that it is over.
    bool isRestored = false;   // From a scheduler before this one.
    Ledger ledger;
    Instant submittedAt;
    Instant talliedAt;
    RateMeter rate;
    std::map<WorkerId, std::uint32_t> contributors{};  // With the most threads they had.
    std::set<WorkerId> contributorsToSave{};
    std::uint64_t duplicatesDropped = 0;
  };
  // A lease whose holder has shown a ticket, and where what it brings of that has to go on.
  struct Proof {
    Lease lease;
    std::optional<std::uint64_t> next{};
  };
  using Proven = std::map<LeaseId, Proof>;

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
  void on(const event::Committed& committed, Instant now);
  void on(const event::CommitFailed& failed, Instant now);
  void on(const event::CommitWanted& wanted, Instant now);
  void on(const event::Tick& tick, Instant now);

  Worker* listenTo(WorkerId worker);
  void forgiveOwnStall(Instant now);
  void hear(Worker& worker, const std::vector<LeaseTally>& done, Proven proven, Instant now);
  void countTally(Worker& worker, const LeaseTally& tally, Proof* proof, Instant now);
  std::string_view lieIn(const Worker& worker, const LeaseTally& tally, const Job& job,
                         Proof* proof) const;
  static bool isLentOf(const Lease& lease, JobId id, const Job& job);
  void credit(Worker& worker, const LeaseTally& tally, Job& job, Instant now);
  std::vector<LeaseId> reconcile(Worker& worker, const std::vector<LeaseRest>& offered,
                                 const Proven& proven);
  bool resume(Worker& worker, const LeaseRest& offer, const Proven& proven);
  void becomeDoubtful(Worker& worker, WorkerState state);
  void removeWorker(Worker& worker);
  void endLease(HeldLease held, WorkerId worker);
  void giveBackFrom(HeldLease held, const Worker& worker, std::uint64_t end);
  void disown(Worker& worker, const LeaseTally& tally);
  void setWaiting(Worker& worker, bool isWaiting);
  void updateState(Worker& worker, WorkerState state);
  void forgetHeld(WorkerId worker, LeaseId lease);
  void askToTruncate(Worker& worker, LeaseId lease, std::uint64_t end);
  void catchInALie(Worker& worker, std::string_view lie);
  bool isOverdue(const Worker& worker, Instant now) const;
  bool countFailure(Worker& worker);
  void noteBegun(Worker& worker, LeaseId lease);
  void quarantine(Worker& worker, std::string reason);
  void endLeasesOf(JobId id, const Job& job);
  void endJob(JobId id, Job& job, JobState state, std::string reason, Instant now);
  Job* findJob(JobId job);

  // saving.cpp: what outlives this scheduler
  void restore(const SavedJob& saved, Instant now);
  void commit(Instant now);
  JobChanges changesOf(JobId id, Job& job, Instant now);
  void withdraw(JobId id, Job& job, Instant now);
  void forgetOldJobs(Instant now);

  // lending.cpp: who computes what
  void serveWaiting(Instant now);
  bool lendTo(Worker& worker, Instant now);
  std::optional<Lease> lendOne(Worker& worker, std::uint64_t samplesMax, Instant now);
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
  std::size_t endsToAnnounce_ = 0;
  std::map<std::string, JobId> requests_;
  JobQueue queue_;  // The unfinished ones.
  Roster roster_;
  std::deque<WorkerId> quarantined_;  // Oldest first.
  std::deque<WorkerId> waiting_;  // Active workers whose exchange is not answered, longest first.
  std::vector<HeldLease> doubtfulLeases_;  // That may have samples to lend again, next one last.
  bool areDoubtsStale_ = true;             // Leases have ended or come into doubt since.
  std::uint64_t lastLease_;
  JobId lastJob_{};
  Instant restartGraceEndsAt_;  // Workers of the scheduler before this one may still come back.
  Journal journal_;
  std::string storeFailure_;  // Why nothing can be saved now; empty if it can.
  std::optional<Instant> sweepAt_;
  Instant rebalanceAt_;
  Actions actions_;  // Of the event being handled.
};

}  // namespace pi::scheduler
