// The scheduler's decisions, free of I/O: events in, actions out, time as an argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "common/model/job.h"
#include "common/model/worker_info.h"
#include "common/model/worker_policy.h"
#include "scheduler/core/action.h"
#include "scheduler/core/changes.h"
#include "scheduler/core/commit_queue.h"
#include "scheduler/core/config.h"
#include "scheduler/core/event.h"
#include "scheduler/core/history.h"
#include "scheduler/core/intake.h"
#include "scheduler/core/job_handler.h"
#include "scheduler/core/job_table.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/lease_history.h"
#include "scheduler/core/lender.h"
#include "scheduler/core/liveness.h"
#include "scheduler/core/metrics.h"
#include "scheduler/core/orders.h"
#include "scheduler/core/worker_ends.h"
#include "scheduler/core/worker_handler.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// The only door of the core: everything else in this folder is reached through it.
class Scheduler {
 public:
  // Continues from what was saved, which must be sound: a job's fragments are disjoint and within
  // it, and it is finished if and only if its goal is reached.
  explicit Scheduler(const Config& config, const Saved& saved = {}, Instant now = {});
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Takes one event and returns what to do about it.  State changes in no other way.
  Actions handle(const Event& event, Instant now);

  // When event::Tick is wanted at the latest; nothing if time alone will change nothing.
  std::optional<Instant> wakeAt() const;

  // Nothing for a job that is unknown, forgotten, or not committed yet.  Takes constant time.
  std::optional<JobInfo> job(JobId job, Instant now) const;
  std::vector<JobInfo> jobs(Instant now) const;
  // At most `max` of the jobs with numbers below `before`, the newest first.
  std::vector<JobInfo> jobsBelow(JobId before, std::size_t max, Instant now) const;
  // The jobs in each state.  Takes time in proportion to the jobs.
  std::map<JobState, std::uint64_t> jobsByState() const;
  std::size_t jobCount() const { return jobs_.all().size(); }  // With those not committed yet.
  std::size_t committedUnfinishedJobs() const;  // The next scheduler will continue these.
  JobId lastJob() const;                        // The newest accepted one.  Zero before the first.
  // With those whose end is not announced yet.
  std::size_t unfinishedJobs() const { return jobs_.unfinished() + jobs_.endsToAnnounce(); }
  bool isCommitted() const { return commits_.isClean(); }  // Everything that changed.

  std::optional<WorkerInfo> worker(WorkerId worker, Instant now) const;
  std::vector<WorkerInfo> workers(Instant now) const;
  // Whether that worker may join.  A known one always may.
  bool hasRoomFor(WorkerId worker) const;
  // The last of the worker's tallies, by its own numbers, that it need not keep any longer.
  std::uint64_t committedOf(WorkerId worker) const;
  // As each answer tells it to the worker: at the end of the event that is answered.
  WorkerPolicy policyOf(WorkerId worker) const;

  const Metrics& metrics() const { return metrics_; }
  // The past, as far as it is remembered.  A view of this object.
  History history() const { return {jobs_, workers_.history(), book_, leaseHistory_}; }

  // Aborts if a law of this folder is broken.  Takes time in proportion to fragments and leases.
  void checkInvariants() const;

 private:
  Surroundings surroundings(Instant now) const;

  // In the order in which they depend on each other.
  const Config config_;
  Metrics metrics_;
  JobTable jobs_;
  WorkerTable workers_;
  LeaseHistory leaseHistory_;
  LeaseBook book_;
  CommitQueue commits_;
  Orders orders_;
  Liveness liveness_;
  Lender lender_;
  WorkerEnds ends_;
  JobHandler jobHandler_;
  Intake intake_;
  WorkerHandler workerHandler_;
};

}  // namespace pi::scheduler
