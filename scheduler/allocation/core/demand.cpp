#include "scheduler/allocation/core/demand.h"

#include <algorithm>

namespace pi::allocation {

std::size_t wantedWorkers(const Demand& demand, Duration minWork) {
  if (demand.work <= Duration::zero()) return 0;
  return std::max<std::size_t>(
      1, static_cast<std::size_t>(demand.work / std::max(minWork, Duration(1))));
}

}  // namespace pi::allocation
