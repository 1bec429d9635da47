// How much work of each worker is counted in a second.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/worker_info.h"
#include "scheduler/core/rate_meter.h"

namespace pi::scheduler::live {

// In units of cost, like WorkerInfo::samplesPerSecond and the speed that a worker claims, so that
// samples that are counted by nets and one by one can be compared and added.  Unlike that one, the
// rate of a worker that rests is zero.
class Rates {
 public:
  // Looks at all workers; about once a second.
  void tick(std::span<const WorkerInfo> workers, Instant now);
  // Over the last seconds.
  std::uint64_t of(WorkerId worker, Instant now) const;

 private:
  struct Rate {
    std::uint64_t cost = 0;
    RateMeter meter;
    Instant seenAt{};
  };
  std::map<WorkerId, Rate> rates_;
};

}  // namespace pi::scheduler::live
