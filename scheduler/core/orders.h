// The actions that the event being handled leads to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "common/model/ids.h"
#include "scheduler/core/action.h"
#include "scheduler/core/ledger.h"
#include "scheduler/core/metrics.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// The law: unanswered_ counts, for each connected worker, the action::Truncate that it was sent on
// its present connection and has not answered; workers with none have no entry.
class Orders {
 public:
  Orders(const WorkerTable& workers, Metrics& metrics) : workers_(workers), metrics_(metrics) {}

  void add(Action action);

  // Asks the worker to give up the lease's samples from `end` on; at zero it also abandons what it
  // has begun.  A worker that is not connected is not asked: when it comes back, the scheduler
  // tells it which leases it has lost.
  void truncate(WorkerId worker, LeaseId lease, std::uint64_t end);
  // The leases are over: their holders may stop.
  void revoke(const std::vector<LeaseHolder>& leases);

  // The worker answered a truncation.
  void noteAnswer(WorkerId worker);
  // The worker's connection ended, and with it the answers that it owes.
  void forgetAnswers(WorkerId worker) { unanswered_.erase(worker); }
  bool awaitsAnswer(WorkerId worker) const { return unanswered_.contains(worker); }

  Actions take();
  void checkInvariants() const;

 private:
  const WorkerTable& workers_;
  Metrics& metrics_;
  std::map<WorkerId, std::size_t> unanswered_;
  Actions actions_;
};

}  // namespace pi::scheduler
