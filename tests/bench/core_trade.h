// A scheduler's core and its workers, without processes: the workers compute nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/clock.h"
#include "common/model/lease.h"
#include "scheduler/core/scheduler.h"

namespace pi {

// A job that never ends, and workers that, in turn, bring the tallies of their leases and are lent
// the next ones.
class CoreTrade {
 public:
  CoreTrade(const scheduler::Config& config, std::size_t workers);

  // The next worker's turn, at this time.  Returns how many leases it was lent.
  std::int64_t step(Instant now);

  const scheduler::Scheduler& core() const { return core_; }

 private:
  scheduler::Scheduler core_;
  std::vector<std::vector<LeaseTally>> done_;  // By worker: what it brings next.
  std::size_t next_ = 0;
  bool isCommitting_ = false;
  Instant committedAt_{};
};

}  // namespace pi
