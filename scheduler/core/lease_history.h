// The leases of the last minutes: which worker had which samples, from when until when.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/lease.h"
#include "common/model/lease_record.h"
#include "scheduler/core/ended_leases.h"
#include "scheduler/core/history_limits.h"
#include "scheduler/core/job_table.h"

namespace pi::scheduler {

// Each call that changes it takes constant time, amortised: a lease ends so often that its record
// costs no allocation, and little more than writing it.  The law: what was counted of a job is
// the sum of what an earlier scheduler counted (JobHistory::restored), what is in the records of
// its ended and running leases, and what was in records that are forgotten (JobHistory::evicted),
// for each stratum.  Neither a worker nor all workers together have more records of ended leases
// than the limits allow.
class LeaseHistory {
 public:
  LeaseHistory(const HistoryLimits& limits, JobTable& jobs);

  // The next part of a running lease is counted, and the lease continues.
  void countPart(const LeaseTally& tally);
  // Samples are counted whose lease is no longer running.
  void countLate(WorkerId worker, const LeaseTally& tally, Instant now);
  // A lease ended.  `lease` has all but what countPart() told of it, and its end.  kDone and
  // kGivenBack are recorded as kTruncated if only the front of the lease is counted.
  void end(const LeaseRecord& lease, LeaseOutcome outcome, Instant now);

  // The counted fronts of running leases; those of which nothing is counted have none.
  struct Part {
    JobId job{};
    Tally tally;
  };
  const std::unordered_map<LeaseId, Part>& parts() const { return parts_; }
  // Adds to the record of a running lease what countPart() told of it, in front.
  void addPart(LeaseRecord& lease) const;

  // The ended leases that are remembered and have a higher number, in the order in which they
  // ended; the newest `max` of them.
  std::vector<LeaseRecord> endedAfter(std::uint64_t number, std::size_t max) const;
  // All that are remembered of the worker, in the order in which they ended.
  std::vector<LeaseRecord> endedOf(WorkerId worker) const;
  // The same of the job; the oldest `max` of those with a higher number.  Takes time in proportion
  // to what it returns.
  std::vector<LeaseRecord> endedOf(JobId job, std::uint64_t number, std::size_t max) const;
  std::size_t endedCount() const { return slots_.size() - (free_ == kNoLease ? 0 : 1); }
  // How many leases ended so since this scheduler started, with those that are forgotten.
  std::uint64_t endedAs(LeaseOutcome outcome) const {
    return outcomes_[static_cast<std::size_t>(outcome)];
  }

  void checkInvariants() const;

 private:
  using Slot = LeaseSlot;

  void keep(const LeaseRecord& record, LeaseOutcome outcome, Instant now);
  void forgetFirstOf(LeasesOfWorker& worker);
  void addToEvicted(Slot slot);
  LeaseRecord recordOf(Slot slot) const;
  void checkWorkers() const;
  void checkJobs() const;

  HistoryLimits limits_;
  JobTable& jobs_;
  std::unordered_map<LeaseId, Part> parts_;
  EndedLeases slots_;         // It has room for all, so it does not move.
  std::vector<Hits> strata_;  // By slot, as far as records need them.
  Slot free_ = kNoLease;      // The slot of the record that was forgotten last.
  LeaseList all_;
  std::unordered_map<WorkerId, LeasesOfWorker> byWorker_;  // None is empty.
  std::unordered_map<JobId, LeasesOfJob> byJob_;           // None is empty.
  std::array<std::uint64_t, kLeaseOutcomes> outcomes_{};
  std::uint64_t lastNumber_ = 0;
};

}  // namespace pi::scheduler
