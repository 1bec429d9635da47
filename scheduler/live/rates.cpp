#include "scheduler/live/rates.h"

#include <cmath>

namespace pi::scheduler::live {

void Rates::tick(std::span<const WorkerInfo> workers, Instant now) {
  for (const WorkerInfo& worker : workers) {
    std::uint64_t cost = worker.costContributed;
    auto [known, isNew] =
        rates_.try_emplace(worker.id, Rate{.cost = cost, .meter = RateMeter(now), .seenAt = now});
    if (isNew) continue;
    Rate& rate = known->second;
    // A worker that was forgotten and comes back begins at zero.
    if (cost > rate.cost) rate.meter.add(cost - rate.cost, now);
    rate.cost = cost;
    rate.seenAt = now;
  }
  std::erase_if(rates_, [now](const auto& entry) { return entry.second.seenAt != now; });
}

std::uint64_t Rates::of(WorkerId worker, Instant now) const {
  auto found = rates_.find(worker);
  if (found == rates_.end()) return 0;
  return static_cast<std::uint64_t>(std::llround(found->second.meter.perSecond(now)));
}

}  // namespace pi::scheduler::live
