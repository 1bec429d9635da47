// Finds workers that are silent, gone or overdue, and quarantines those that break rules.
#pragma once

#include <optional>
#include <string>

#include "common/base/clock.h"
#include "scheduler/core/config.h"
#include "scheduler/core/drop_reason.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/metrics.h"
#include "scheduler/core/orders.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// Deadlines for signs of life and progress, strikes, and quarantine.  The law: a quarantined worker
// holds nothing; while there are workers, their deadlines are looked at once a sweep period.
class Liveness {
 public:
  Liveness(const Config& config, WorkerTable& workers, LeaseBook& book, Orders& orders,
           Metrics& metrics);

  // Looks at the deadlines, if a sweep is due.
  void sweep(Instant now);
  // When the next sweep is due; none without workers.
  std::optional<Instant> sweepAt() const { return sweepAt_; }
  void scheduleSweep(Instant now);

  // If this process itself did not run for a while, moves all deadlines by that time.  To be called
  // before each event.
  void compensateForPause(Instant now);

  // Whether a silent worker has made no progress for the silence timeout.
  bool isStuck(const Worker& worker, Instant now) const;

  // The tallies that came with a sign of life are handled.  `wasStuck`: isStuck() before they were.
  void noteHeard(Worker& worker, bool wasStuck, bool madeProgress, Instant now);

  // The worker is to show progress from now on: it joined, or got work after having none.
  static void restartProgress(Worker& worker, Instant now) { worker.progressAt = now; }
  // The worker finished a lease: it is proven, and failures before that are forgiven.
  static void noteFinished(Worker& worker) {
    worker.strikes.failures = 0;
    worker.isProven = true;
  }

  // The worker's connection is lost.
  void noteLost(Worker& worker, Instant now);

  // The worker left, or was away for too long: its leases are lent on.
  void remove(WorkerId worker, Instant now);

  // A part of the lease is counted, but not all: too many such leases are a violation.
  void noteBegun(Worker& worker, LeaseId lease, Instant now);

  // The worker sent an invalid report.  The last one that is tolerated is config.strikesMax - 1.
  void recordViolation(Worker& worker, std::string_view what, Instant now);
  // A report of the worker is false.  It is quarantined at once.
  void recordDisproof(Worker& worker, const std::string& what, Instant now);
  // The worker lets the leases that it holds lapse.  True if it is quarantined for that.
  bool recordFailure(Worker& worker, Instant now);

  // Whether the worker has held a lease for many times as long as one should take.
  bool isOverdue(const Worker& worker, Instant now) const;

  void checkInvariants() const;

 private:
  void markSuspect(Worker& worker, WorkerState state, Instant now);
  void quarantine(Worker& worker, QuarantineCause cause, std::string reason, Instant now);

  const Config& config_;
  WorkerTable& workers_;
  LeaseBook& book_;
  Orders& orders_;
  Metrics& metrics_;
  std::optional<Instant> sweepAt_;
};

}  // namespace pi::scheduler
