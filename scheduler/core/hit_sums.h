// The sums of what each worker has reported of one job.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "common/base/check.h"
#include "common/model/ids.h"

namespace pi::scheduler {

struct HitSum {
  std::uint64_t samples = 0;
  std::uint64_t hits = 0;
};

// Many small tallies with a few hits too many are as false as a large one, and only their sum shows
// it.  The sums are as old as this scheduler.  The law: all of them together are a part of what is
// counted of the job.
class HitSums {
 public:
  // Beyond `max` workers, new ones are not recorded.
  void add(WorkerId worker, const HitSum& more, std::size_t max) {
    auto known = sums_.find(worker);
    if (known == sums_.end()) {
      if (sums_.size() >= max) return;
      known = sums_.emplace(worker, HitSum{}).first;
    }
    known->second.samples += more.samples;
    known->second.hits += more.hits;
  }

  // Zero for a worker that is not recorded.
  HitSum of(WorkerId worker) const {
    auto known = sums_.find(worker);
    return known == sums_.end() ? HitSum{} : known->second;
  }

  // `counted`: of the job.
  void checkInvariants(const HitSum& counted) const {
    HitSum all;
    for (const auto& [worker, sum] : sums_) {
      PI_CHECK(sum.hits <= sum.samples);
      all.samples += sum.samples;
      all.hits += sum.hits;
    }
    PI_CHECK(all.samples <= counted.samples);
    PI_CHECK(all.hits <= counted.hits);
  }

 private:
  std::map<WorkerId, HitSum> sums_;
};

}  // namespace pi::scheduler
