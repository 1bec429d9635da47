// The actions that the event being handled leads to.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "common/model/ids.h"
#include "scheduler/core/action.h"
#include "scheduler/core/ledger.h"
#include "scheduler/core/metrics.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// The law: a connected worker's `truncations` are the action::Truncate that it was sent and has not
// answered.
class Orders {
 public:
  Orders(WorkerTable& workers, Metrics& metrics) : workers_(workers), metrics_(metrics) {}

  void add(Action action) { actions_.push_back(std::move(action)); }

  // Asks the worker to give up the lease's samples from `end` on.  A worker that is not connected
  // is not asked: when it comes back, it is told which of its leases are over.
  void truncate(WorkerId worker, LeaseId lease, std::uint64_t end) {
    Worker* holder = workers_.find(worker);
    if (holder == nullptr || !holder->isConnected()) return;
    ++holder->truncations;
    ++metrics_.truncationsAsked;
    add(action::Truncate{.worker = worker, .lease = lease, .end = end});
  }

  // The leases are over: their holders may stop.
  void revoke(const std::vector<LeaseHolder>& leases) {
    metrics_.leasesRevoked += leases.size();
    for (LeaseHolder revoked : leases) truncate(revoked.worker, revoked.lease, 0);
  }

  Actions take() { return std::exchange(actions_, {}); }

 private:
  WorkerTable& workers_;
  Metrics& metrics_;
  Actions actions_;
};

}  // namespace pi::scheduler
