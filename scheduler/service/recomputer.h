// Computes tallies again that the core does not believe, a little at a time, on the scheduler's
// loop.
#pragma once

#include <cstdint>

#include "common/net/loop/alarm.h"
#include "common/net/loop/kj_loop.h"
#include "scheduler/core/action.h"
#include "scheduler/service/core_runner.h"

namespace pi::scheduler {

// Uses the portable kernel, which is the reference for all others.
class Recomputer {
 public:
  Recomputer(net::KjLoop& loop, CoreRunner& runner);
  KJ_DISALLOW_COPY(Recomputer);

  // The core orders one at a time, and gets its answer later.
  void perform(const action::Recompute& wanted);

 private:
  void computeSlice();

  CoreRunner& runner_;
  action::Recompute wanted_{};
  std::uint64_t next_ = 0;  // Samples before it are computed.
  Hits hits_{};
  net::Alarm alarm_;
};

}  // namespace pi::scheduler
