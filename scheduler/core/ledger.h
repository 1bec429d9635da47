// Knows for every sample of one job whether it is open, leased, or counted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "common/model/ids.h"
#include "common/model/interval_set.h"
#include "common/model/job.h"
#include "common/model/tally.h"
#include "scheduler/core/fragments.h"
#include "scheduler/core/lease_size.h"
#include "scheduler/core/limits.h"
#include "scheduler/core/open_ranges.h"
#include "scheduler/core/progress.h"

namespace pi::scheduler {

// A lease as its job's ledger has it.
struct LentLease {
  WorkerId worker{};
  SampleRange rest;  // The part that is not counted yet.
};

// Which lease, and who holds it.
struct LeaseHolder {
  LeaseId lease{};
  WorkerId worker{};
};

// The law: as sets, counted, open, and the union of the leases partition [0, samples); a sample is
// under at most two leases.
class Ledger {
 public:
  // The job needs [0, samples) at first.
  Ledger(const JobSpec& spec, std::uint64_t samples, std::size_t fragmentsMax = kFragmentsMax);

  // The fragment was counted by an earlier scheduler.  For a new ledger only.
  void restore(const Fragment& fragment);

  // The job needs [0, samples) from now on; the new samples are open.  No effect if it needs them
  // already.
  void extend(std::uint64_t samples);

  // Whether the front of a range that no worker was lent from yet may be lent.  After a restart it
  // is spared: workers that are not back yet most likely hold leases there.
  enum class Fronts { kLent, kSpared };

  // Lends open samples next to those that the worker had last; nothing if none are open.
  std::optional<SampleRange> lend(LeaseId lease, WorkerId worker, const LeaseSize& size,
                                  Fronts fronts = Fronts::kLent);

  // The worker continues a lease that an earlier scheduler lent, or that was given up for lost.
  // False, and nothing changes, if not all of `rest` is open.
  bool resume(LeaseId lease, WorkerId worker, SampleRange rest);

  // Lends samples of a suspect worker's lease a second time; nothing if all of them are under two.
  std::optional<SampleRange> lendAgain(LeaseId lease, WorkerId worker, const LeaseSize& size,
                                       LeaseId suspect);

  // A tally is counted if its whole range was uncounted, else it is dropped whole.  Other leases on
  // the same samples are revoked.  The tally's own lease need not be known any longer: a late
  // answer counts, too.
  struct Receipt {
    bool counted = false;
    bool isNext = false;  // It is the next part of the lease that it names.
    std::vector<LeaseHolder> revoked;
  };
  Receipt count(LeaseId lease, WorkerId worker, const Tally& tally);

  // The lease keeps its samples before `end`, and ends if there are none.  Samples that are under
  // no other lease are open again; returns how many.
  std::uint64_t giveBackFrom(LeaseId lease, std::uint64_t end);

  // The leases that share samples with this one.
  std::vector<LeaseHolder> rivals(LeaseId lease) const;

  void releaseArena(WorkerId worker) { open_.release(worker); }

  // The fragments that changed since the last call, as they are to be saved.
  Fragments::Changed takeChanges() { return counted_.takeChanges(); }

  const LentLease* find(LeaseId lease) const;
  const std::map<LeaseId, LentLease>& leases() const { return leases_; }
  const Fragments& counted() const { return counted_; }
  const Progress& progress() const { return progress_; }
  std::uint64_t samples() const { return samples_; }  // That are needed.
  std::uint64_t openSamples() const { return open_.size(); }

  // The law by its totals, in constant time.
  void checkTotals() const;
  // The law itself; takes time in proportion to fragments and leases.
  void checkInvariants() const;

 private:
  using Leases = std::map<LeaseId, LentLease>;

  void put(LeaseId lease, WorkerId worker, SampleRange range);
  std::vector<LeaseHolder> revokeOthers(SampleRange range, LeaseId except);

  Stream stream_;
  std::uint64_t chunkSize_;
  std::uint64_t samples_;
  OpenRanges open_;
  Leases leases_;
  std::uint64_t leasedSum_ = 0;  // Samples under leases; those under two are counted twice.
  IntervalSet twice_;            // The samples under two leases.
  Fragments counted_;
  Progress progress_;  // The totals of counted_.
};

}  // namespace pi::scheduler
