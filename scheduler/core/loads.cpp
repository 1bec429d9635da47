#include "scheduler/core/loads.h"

#include <algorithm>
#include <cmath>

namespace pi::scheduler {

Duration timeFor(const Worker& worker, const JobWork& work, const Lease& lease) {
  constexpr double kLongest = 3600;
  double time = static_cast<double>(work.costOf(lease.range)) /
                static_cast<double>(worker.speed(work.kind(), lease.threads));
  return Duration(std::llround(std::min(time, kLongest) * 1e9));
}

Load loadOf(const Worker& worker, const LeaseBook& book, const JobTable& jobs, Instant now) {
  Load load{.worker = worker.id};
  for (std::size_t i = 0; i < kWorkKinds; ++i)
    load.speeds[i] = worker.speed(static_cast<WorkKind>(i));
  double atReport = 0;
  for (const HeldLease& held : book.heldBy(worker.id)) {
    const JobWork& work = jobs.get(held.job).work;
    load.kind = work.kind();
    std::uint64_t speed = worker.speed(load.kind, held.threads);
    load.speeds[indexOf(load.kind)] = speed;
    atReport += static_cast<double>(work.costOf(book.lent(held).rest)) / static_cast<double>(speed);
  }
  load.backlogSeconds = std::max(0.0, atReport - seconds(now - worker.progressAt));
  return load;
}

}  // namespace pi::scheduler
