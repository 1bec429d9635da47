// The leases of all workers, and the jobs of which something may be lent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/lease.h"
#include "scheduler/core/job_queue.h"
#include "scheduler/core/job_table.h"
#include "scheduler/core/lease_history.h"
#include "scheduler/core/lease_size.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// A lease as its holder has it.
struct HeldLease {
  JobId job{};
  LeaseId lease{};
  SampleRange range{};        // As it was lent or resumed.
  Instant begunAt{};          // When it was lent or resumed.
  Instant lentAt{};           // The same, put off by times for which its holder need not answer.
  Duration planned{};         // How long it should take, as far as was known when it was lent.
  Duration target{};          // How long leases should take when it was lent; zero if resumed.
  std::uint32_t threads = 0;  // As in Lease.
  bool isBegun = false;       // Some of it is counted.
  bool hasLapsed = false;     // It counts as a failure of its holder already.
};

// The record of a lease that is running, without what is counted of it.
LeaseRecord recordOf(const HeldLease& held, WorkerId worker);

// Only it changes ledgers, except that JobTable::restore() fills the ledger of a job from the
// store, and takeChanges() empties its list of what is to be saved.  The law: (1) each lease of a
// ledger is held exactly once, by the worker that the ledger names; (2) a job is lendable exactly
// if it is unfinished and has open samples, and to holders of its seats alone if none is free; (3)
// if two leases have a sample, at most one holder is suspect, because a sample whose holders are
// both suspect would not be lent again; (4) a worker without leases has no entry; (5) the seats of
// a job are those of its leases, and no silent worker has any.
class LeaseBook {
 public:
  // `firstLease`: numbers above it are new in this state directory.
  LeaseBook(JobTable& jobs, const WorkerTable& workers, LeaseHistory& history, LeaseId firstLease)
      : jobs_(jobs), workers_(workers), history_(history), lastLease_(firstLease) {}

  // An unfinished job enters.
  void open(const Job& job);
  // The job needs more samples, which are open.  They enter the queue like a new job.
  void extend(Job& job, std::uint64_t samples);
  // Sets the job's priority; workers turn to it, or from it, when they next ask for work.
  void reprioritize(Job& job, std::int32_t priority);
  // The job is over: its leases end.  Returns them, so that their holders can be told.
  std::vector<LeaseHolder> close(Job& job, Instant now);

  // Lends open samples of the job to the worker; the job must be lendable to it.
  Lease lend(Job& job, const Worker& worker, const LeaseSize& size, Ledger::Fronts fronts,
             Instant now);
  // Lends samples of a suspect lease a second time.  Nothing if the worker holds it, or if all its
  // samples are under two leases already; then advanceToSuspect() moves on.
  std::optional<Lease> lendAgain(HeldLease suspect, const Worker& worker, const LeaseSize& size,
                                 Instant now);
  // A lease of a suspect worker that may have samples to lend again, most urgent job first.
  std::optional<HeldLease> advanceToSuspect();

  // The worker continues a lease that is not in the book; false if that is impossible.
  bool resume(Job& job, const Lease& lease, const Worker& worker, SampleRange rest, Instant now);

  // Counts a tally and credits the lease's rest; the ledger's receipt.  Leases that it revokes are
  // no longer in the book.
  Ledger::Receipt count(Job& job, const LeaseTally& tally, WorkerId worker, Instant now);

  // The worker keeps the lease's samples before `end`; the lease ends, with this outcome, if there
  // are none.  Ignored if the worker does not hold it.
  void truncate(WorkerId worker, LeaseId lease, std::uint64_t end, Instant now,
                LeaseOutcome outcome = LeaseOutcome::kGivenBack);
  // All leases of the worker end, and its arenas become free.
  void endAll(WorkerId worker, LeaseOutcome outcome, Instant now);

  // The worker has become suspect, and its arenas become free.  Returns the leases that end with
  // this: those of other suspect workers on the same samples; and if it is silent, its own ones of
  // jobs with limited threads, whose seats it might keep to the end.
  std::vector<LeaseHolder> suspect(WorkerId worker, Instant now);

  // In the order in which they were lent.
  const std::vector<HeldLease>& heldBy(WorkerId worker) const;
  // The same, to change their times and marks, which are not part of the law.
  std::span<HeldLease> marksOf(WorkerId worker);
  const LentLease& lent(const HeldLease& held) const;

  const JobQueue& queue() const { return queue_; }
  LeaseId lastLease() const { return lastLease_; }  // The newest number that was given out.
  void checkInvariants() const;

 private:
  // `last`: what is counted of the lease with its end.
  void forget(WorkerId worker, LeaseId lease, LeaseOutcome outcome, Instant now,
              const Tally& last = {});
  void findSuspects();

  JobTable& jobs_;
  const WorkerTable& workers_;
  LeaseHistory& history_;
  JobQueue queue_;  // The unfinished jobs.
  std::map<WorkerId, std::vector<HeldLease>> held_;
  std::vector<HeldLease> suspects_;  // Candidates for lending again, the next one last.
  bool suspectsAreStale_ = true;     // Leases ended, or workers became suspect, since it was made.
  LeaseId lastLease_;
};

}  // namespace pi::scheduler
