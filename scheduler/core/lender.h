// Lends work to workers, and takes it back from those that have too much.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/clock.h"
#include "common/model/lease.h"
#include "scheduler/core/config.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/liveness.h"
#include "scheduler/core/matching.h"
#include "scheduler/core/metrics.h"
#include "scheduler/core/orders.h"
#include "scheduler/core/pace.h"
#include "scheduler/core/policy.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// Carries out the policy.  The law: after each event no active worker waits while Matching has open
// samples for it.
class Lender {
 public:
  // `sparedUntil`: until then workers of an earlier scheduler may come back with their leases.
  Lender(const Config& config, Instant sparedUntil, JobTable& jobs, WorkerTable& workers,
         LeaseBook& book, Orders& orders, Metrics& metrics);

  // Lends to the worker, and orders action::Lend; false if it cannot be lent anything now.
  bool lendTo(Worker& worker, Instant now);
  void serveWaiting(Instant now);

  // A job was submitted: interrupts workers for it, if all are busy.
  void preemptFor(const Job& job, Instant now);

  // If workers wait and nothing is open, asks busy workers to share with them.
  void rebalance(Instant now);
  // One more worker waits, which may be helped where the others could not be.
  void rebalanceSoon(Instant now);
  // When rebalance() is wanted next; nothing if no worker waits for work.
  std::optional<Instant> rebalanceAt() const;

  void checkInvariants() const;  // Holds after each event.

 private:
  std::optional<Lease> lendOpen(const Worker& worker, Duration timeLeft, Instant now);
  std::optional<Lease> lendSuspect(const Worker& worker, Instant now);
  std::optional<Lease> lendAgain(const HeldLease& held, const Worker& worker, Instant now);
  LeasePolicy policyFor(const Worker& worker) const;
  Pace pace() const;
  void lendOverdue(Instant now);
  std::uint64_t threadsTrusted(const Worker& worker, const JobWork& work,
                               std::uint32_t threads) const;
  LeaseSize sizeFor(const Worker& worker, const Job& job, std::uint64_t openSamples,
                    Duration timeLeft) const;
  bool isStarving() const { return !workers_.waiting().empty() && book_.queue().size() > 0; }
  bool moveTail(WorkerId from, std::uint64_t cost);

  const Config& config_;
  const Instant sparedUntil_;
  JobTable& jobs_;
  WorkerTable& workers_;
  LeaseBook& book_;
  Orders& orders_;
  Metrics& metrics_;
  const Matching matching_;
  Instant rebalanceAt_{};
  Instant servedAt_{};  // When serveWaiting() was called last.
};

}  // namespace pi::scheduler
