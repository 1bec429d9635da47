#include "scheduler/core/overdue.h"

#include <algorithm>

#include "scheduler/core/limits.h"

namespace pi::scheduler {

std::vector<HeldLease> overdueOfUnproven(const WorkerTable& workers, const LeaseBook& book,
                                         const JobTable& jobs, Instant now) {
  std::vector<HeldLease> overdue;
  for (const auto& [id, worker] : workers.all()) {
    if (worker.isProven) continue;
    for (const HeldLease& held : book.heldBy(id)) {
      if (jobs.get(held.job).seats.isLimited()) continue;
      bool hadTime = now - held.lentAt >= std::max<Duration>(kUnprovenLeaseMin, 2 * held.planned);
      if (hadTime) overdue.push_back(held);
    }
  }
  std::ranges::stable_sort(
      overdue, {}, [&jobs](const HeldLease& held) { return jobs.get(held.job).spec.priority; });
  return overdue;
}

}  // namespace pi::scheduler
