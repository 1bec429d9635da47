// The leases of the last minutes: which worker had which samples, from when until when.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/lease.h"
#include "common/model/lease_record.h"
#include "scheduler/core/history_limits.h"
#include "scheduler/core/job_table.h"

namespace pi::scheduler {

// Each call that changes it takes constant time, amortised.  The law: what was counted of a job is
// the sum of what an earlier scheduler counted (JobHistory::restored), what is in the records of
// its ended and running leases, and what was in records that are forgotten (JobHistory::evicted),
// for each stratum.  Neither a worker nor all workers together have more records of ended leases
// than the limits allow.
class LeaseHistory {
 public:
  LeaseHistory(const HistoryLimits& limits, JobTable& jobs) : limits_(limits), jobs_(jobs) {}

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
  std::size_t endedCount() const { return ended_.size(); }
  // How many leases ended so since this scheduler started, with those that are forgotten.
  std::uint64_t endedAs(LeaseOutcome outcome) const {
    return outcomes_[static_cast<std::size_t>(outcome)];
  }

  void checkInvariants() const;

 private:
  // A record without the hits of the strata after the first one, which most jobs do not have.
  struct Ended {
    std::uint64_t number = 0;
    LeaseId lease{};
    WorkerId worker{};
    JobId job{};
    SampleRange range;
    std::uint64_t counted = 0;
    std::uint64_t firstHits = 0;
    Instant begunAt;
    Instant endedAt;
    Ended* next = nullptr;               // The same worker's next one.
    Ended* nextOfJob = nullptr;          // The same job's next one.
    Ended* previousOfJob = nullptr;      // The same job's one before.
    std::list<Ended>::iterator place{};  // In ended_.
    LeaseOutcome outcome{};
    bool hasStrata = false;  // Its hits are in strata_.
  };
  struct OfWorker {
    Ended* first = nullptr;
    Ended* last = nullptr;
    std::size_t count = 0;
  };
  struct OfJob {
    Ended* last = nullptr;
    std::size_t sinceStep = 0;  // Records that came since the last step, itself included.
    // By number, the first record and then one of at most kStep: a page is found without a walk
    // from the first record.
    std::map<std::uint64_t, Ended*> steps;
  };
  static constexpr std::size_t kStep = 64;

  void addToJob(Ended& kept);
  void removeFromJob(const Ended& gone);
  void checkJobs() const;
  void keep(const LeaseRecord& record, LeaseOutcome outcome, Instant now);
  void forgetFirstOf(WorkerId worker);
  LeaseRecord recordOf(const Ended& ended) const;

  HistoryLimits limits_;
  JobTable& jobs_;
  std::unordered_map<LeaseId, Part> parts_;
  std::list<Ended> ended_;                           // By number.
  std::unordered_map<std::uint64_t, Hits> strata_;   // By number, of those that need them.
  std::unordered_map<WorkerId, OfWorker> byWorker_;  // None is empty.
  std::unordered_map<JobId, OfJob> byJob_;           // None is empty.
  std::array<std::uint64_t, kLeaseOutcomes> outcomes_{};
  std::uint64_t lastNumber_ = 0;
};

}  // namespace pi::scheduler
