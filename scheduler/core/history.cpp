#include "scheduler/core/history.h"

namespace pi::scheduler {

const JobHistory* History::job(JobId id) const {
  const Job* job = jobs_.find(id);
  return job == nullptr || !job->isAccepted ? nullptr : &job->history;
}

std::vector<LeaseRecord> History::leasesOf(WorkerId worker) const {
  std::vector<LeaseRecord> records = leases_.endedOf(worker);
  for (const HeldLease& held : book_.heldBy(worker)) {
    LeaseRecord& running = records.emplace_back(recordOf(held, worker));
    leases_.addPart(running);
  }
  return records;
}

std::optional<LeaseRecord> History::runningOf(WorkerId worker) const {
  const std::vector<HeldLease>& held = book_.heldBy(worker);
  if (held.empty()) return std::nullopt;
  LeaseRecord record = recordOf(held.front(), worker);
  leases_.addPart(record);
  return record;
}

}  // namespace pi::scheduler
