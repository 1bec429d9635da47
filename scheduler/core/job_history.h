// The history of one job: how its counts came about.
#pragma once

#include <cstddef>

#include "scheduler/core/convergence.h"
#include "scheduler/core/counted.h"
#include "scheduler/core/history_limits.h"
#include "scheduler/core/throughput.h"

namespace pi::scheduler {

struct JobHistory {
  JobHistory(Sampler sampler, const HistoryLimits& limits)
      : convergence(sampler, limits.convergencePointsMax), throughput(limits.throughputPartsMax) {}

  Counted restored{};  // By earlier schedulers.
  Counted evicted{};   // Under leases that LeaseHistory has forgotten.
  Convergence convergence;
  Throughput throughput;  // Since this scheduler started; it is not saved.

  // The memory of the series, in numbers of 8 bytes.
  std::size_t numbers() const { return convergence.numbers() + throughput.numbers(); }
};

}  // namespace pi::scheduler
