#include "scheduler/allocation/core/demand.h"

#include <algorithm>

namespace pi::allocation {
namespace {

Duration sum(Duration a, Duration b) {
  return std::min(std::min(a, kLongestWork) + std::min(b, kLongestWork), kLongestWork);
}

// The part that `workersMax` workers can do if each finds `minWork`.
Duration shareable(const LimitedWork& part, Duration minWork) {
  bool isLess = static_cast<std::size_t>(part.work / minWork) < part.workersMax;
  return isLess ? part.work : minWork * static_cast<Duration::rep>(part.workersMax);
}

}  // namespace

Duration allWork(const Demand& demand) {
  Duration all = demand.work;
  for (const LimitedWork& part : demand.limited) all = sum(all, part.work);
  return all;
}

std::size_t wantedWorkers(const Demand& demand, Duration minWork) {
  if (allWork(demand) <= Duration::zero()) return 0;
  minWork = std::max(minWork, Duration(1));
  Duration work = demand.work;
  for (const LimitedWork& part : demand.limited) work = sum(work, shareable(part, minWork));
  return std::max<std::size_t>(1, static_cast<std::size_t>(work / minWork));
}

}  // namespace pi::allocation
