// Where every sample of one job is: open, leased, or counted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "common/model/ids.h"
#include "common/model/interval_set.h"
#include "common/model/tally.h"
#include "scheduler/core/fragments.h"
#include "scheduler/core/lease_size.h"
#include "scheduler/core/open_ranges.h"

namespace pi::scheduler {

// The law: as sets, counted, open, and the union of the leases partition [0, samples); a sample is
// under at most two leases.
class Ledger {
 public:
  // A lease's rest is what has not been counted of it.
  struct Lent {
    WorkerId worker{};
    SampleRange rest;
  };

  // What became of a tally: counted if all of its range was uncounted, else dropped whole.  Other
  // leases on the same samples are revoked: their holders may stop.
  struct LeaseHolder {
    LeaseId lease{};
    WorkerId worker{};
  };
  struct Receipt {
    bool counted = false;
    std::vector<LeaseHolder> revoked;
  };

  explicit Ledger(std::uint64_t samples, std::size_t fragmentsMax = kFragmentsMax);

  // Counted already, before this scheduler; for a new ledger alone.
  void restore(const Fragment& fragment);

  // Whether the front of what nobody was lent from yet is lent, too.  After a restart it is spared:
  // workers that are not back yet most likely hold leases there.
  enum class Fronts { kLent, kSpared };

  // Lends open samples next to what the worker had last; nothing if none are open.
  std::optional<SampleRange> lend(LeaseId lease, WorkerId worker, const LeaseSize& size,
                                  Fronts fronts = Fronts::kLent);

  // The worker goes on with a lease that another scheduler lent to it; false, and nothing changes,
  // if not all of `rest` is open.
  bool resume(LeaseId lease, WorkerId worker, SampleRange rest);

  // Lends samples of a lease whose holder is in doubt a second time; nothing if all of them are.
  std::optional<SampleRange> lendAgain(LeaseId lease, WorkerId worker, const LeaseSize& size,
                                       LeaseId doubtful);

  // The lease need not be known any more: a late answer counts too if nobody else's did.
  Receipt count(LeaseId lease, WorkerId worker, const Tally& tally);

  // The lease keeps its samples before `end`, and ends if there are none; what is under no other
  // lease is open again.
  void giveBackFrom(LeaseId lease, std::uint64_t end);

  // The leases that share samples with this one.
  std::vector<LeaseHolder> rivals(LeaseId lease) const;

  void release(WorkerId worker) { open_.release(worker); }

  // What has been counted since the last time, as it is to be saved.
  Fragments::Changed takeChanges() { return counted_.takeChanges(); }

  const Lent* find(LeaseId lease) const;
  const std::map<LeaseId, Lent>& leases() const { return leases_; }
  const Fragments& counted() const { return counted_; }
  std::uint64_t openSamples() const { return open_.size(); }
  bool isComplete() const { return counted_.samples() == samples_; }
  void checkInvariants() const;

 private:
  using Leases = std::map<LeaseId, Lent>;

  void drop(Leases::iterator lease);
  std::vector<LeaseHolder> revokeOthers(SampleRange range, LeaseId except);

  std::uint64_t samples_;
  OpenRanges open_;
  Leases leases_;
  IntervalSet twice_;  // Under two leases.
  Fragments counted_;
};

}  // namespace pi::scheduler
