// Computes tallies again that the core does not believe, in the background of the scheduler's loop.
#pragma once

#include <memory>

#include "common/net/loop/kj_loop.h"
#include "scheduler/core/action.h"
#include "scheduler/service/core_runner.h"

namespace pi::scheduler {

// Uses the portable kernel, which is the reference for all others.
class Recomputer {
 public:
  Recomputer(net::KjLoop& loop, CoreRunner& runner) : loop_(loop), runner_(runner) {}
  KJ_DISALLOW_COPY(Recomputer);
  ~Recomputer();

  // The core orders one at a time, and gets its answer later.
  void perform(const action::Recompute& wanted);

 private:
  class Work;

  net::KjLoop& loop_;
  CoreRunner& runner_;
  std::shared_ptr<Work> work_;  // The last order; null before the first.
};

}  // namespace pi::scheduler
