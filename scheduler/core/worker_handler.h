// The messages of workers: they join, ask for work, report, truncate leases, leave.
#pragma once

#include <vector>

#include "common/base/clock.h"
#include "scheduler/core/commit_queue.h"
#include "scheduler/core/config.h"
#include "scheduler/core/event.h"
#include "scheduler/core/intake.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/lender.h"
#include "scheduler/core/liveness.h"
#include "scheduler/core/metrics.h"
#include "scheduler/core/orders.h"
#include "scheduler/core/worker_ends.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// Messages of unknown and of quarantined workers are ignored.
class WorkerHandler {
 public:
  WorkerHandler(const Config& config, JobTable& jobs, WorkerTable& workers, LeaseBook& book,
                CommitQueue& commits, Liveness& liveness, Lender& lender, WorkerEnds& ends,
                Intake& intake, Orders& orders, Metrics& metrics);

  void join(const event::WorkerJoined& joined, Instant now);
  void lose(const event::WorkerLost& lost, Instant now);
  void leave(const event::WorkerLeft& left, Instant now);
  void exchange(const event::Exchanged& exchanged, Instant now);
  void report(const event::Reported& reported, Instant now);
  void truncate(const event::LeaseTruncated& truncated, Instant now);
  void dismissAll(Instant now);
  // These actions answer calls of workers, which are told the present policy with them.
  void noteAnswers(const Actions& actions);

 private:
  void tellPolicy(Worker& worker) const;
  Worker* findActiveWorker(WorkerId worker);
  std::vector<LeaseId> reconcile(Worker& worker, const std::vector<LeaseRest>& offered,
                                 const ProvenLeases& proven, Instant now);
  bool resume(Worker& worker, const LeaseRest& offer, const ProvenLeases& proven, Instant now);

  const Config& config_;
  JobTable& jobs_;
  WorkerTable& workers_;
  LeaseBook& book_;
  CommitQueue& commits_;
  Liveness& liveness_;
  Lender& lender_;
  WorkerEnds& ends_;
  Intake& intake_;
  Orders& orders_;
  Metrics& metrics_;
};

}  // namespace pi::scheduler
