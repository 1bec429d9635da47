// Judges the tallies that workers report, and counts the good ones.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "common/model/lease.h"
#include "scheduler/core/commit_queue.h"
#include "scheduler/core/drop_reason.h"
#include "scheduler/core/job_handler.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/liveness.h"
#include "scheduler/core/metrics.h"
#include "scheduler/core/orders.h"
#include "scheduler/core/recheck.h"

namespace pi::scheduler {

// A lease whose ticket the worker showed when it joined.  Its tallies count even if no ledger knows
// the lease any longer, but they must not leave gaps.
struct ProvenLease {
  Lease lease;
  std::optional<std::uint64_t> next{};  // Where its next tally has to begin; none before the first.
};
using ProvenLeases = std::map<LeaseId, ProvenLease>;

// True if the lease is of this job.  A job that was lost in a crash before it was committed may
// have left its number to another one.
bool isLeaseOf(const Lease& lease, const Job& job);

struct Verdict {
  enum class Kind { kCount, kRepeated, kDrop };
  Kind kind = Kind::kCount;
  DropReason reason{};          // Only of kDrop.
  bool isNextOfProven = false;  // The proven lease continues after this tally.
};

// Says whether a tally counts.  Changes nothing.  `job` is null if it is unknown, `proven` is null
// if the worker showed no ticket; `lastLease` is the newest lease that was lent.
Verdict judge(const LeaseTally& tally, const Job* job, WorkerId worker, const ProvenLease* proven,
              LeaseId lastLease);

class Intake {
 public:
  Intake(const Config& config, JobHandler& jobHandler, JobTable& jobs, WorkerTable& workers,
         LeaseBook& book, CommitQueue& commits, Liveness& liveness, Orders& orders,
         Metrics& metrics);

  // A message of the worker came, with these tallies.  It is quarantined when it has
  // sent too many invalid reports.
  void take(Worker& worker, const std::vector<LeaseTally>& done, ProvenLeases proven, Instant now);

  // The scheduler has computed the samples of a doubted tally: the tally counts, or its worker is
  // quarantined.
  void settle(const event::Recomputed& recomputed, Instant now);

  void checkInvariants() const { recheck_.checkInvariants(); }

 private:
  bool takeTally(Worker& worker, const LeaseTally& tally, ProvenLease* proven, Instant now);
  void drop(Worker& worker, const LeaseTally& tally, DropReason reason, Instant now);
  bool isImprobable(WorkerId worker, const Tally& tally, const Job& job) const;
  bool doubt(Worker& worker, const LeaseTally& tally, const Job& job, Instant now);
  void endLease(WorkerId worker, const LeaseTally& tally, Instant now);
  void noteRecomputed(const Worker& worker, Job& job, SampleRange range, bool isTrue, Instant now);
  void count(Worker& worker, const LeaseTally& tally, Job& job, Instant now);
  void credit(Worker& worker, const LeaseTally& tally, std::uint32_t threads, Job& job,
              Instant now);
  void followGoal(Job& job, Instant now);

  const Config& config_;
  JobHandler& jobHandler_;
  JobTable& jobs_;
  WorkerTable& workers_;
  LeaseBook& book_;
  CommitQueue& commits_;
  Liveness& liveness_;
  Orders& orders_;
  Metrics& metrics_;
  Recheck recheck_;
};

}  // namespace pi::scheduler
