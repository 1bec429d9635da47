#include "scheduler/core/history.h"

#include <algorithm>

#include "common/base/check.h"

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

std::vector<LeaseRecord> History::runningOf(JobId id, LeaseId lease, std::size_t max) const {
  std::vector<LeaseRecord> records;
  const Job* job = jobs_.find(id);
  if (job == nullptr) return records;
  const auto& leases = job->ledger.leases();
  for (auto next = leases.upper_bound(lease); next != leases.end() && records.size() < max;
       ++next) {
    const auto& ofHolder = book_.heldBy(next->second.worker);
    auto held = std::ranges::find(ofHolder, next->first, &HeldLease::lease);
    PI_CHECK(held != ofHolder.end());
    LeaseRecord& running = records.emplace_back(recordOf(*held, next->second.worker));
    leases_.addPart(running);
  }
  return records;
}

}  // namespace pi::scheduler
