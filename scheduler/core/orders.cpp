#include "scheduler/core/orders.h"

#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {

void Orders::add(Action action) { actions_.push_back(std::move(action)); }

void Orders::truncate(WorkerId worker, LeaseId lease, std::uint64_t end) {
  const Worker* holder = workers_.find(worker);
  if (holder == nullptr || !holder->isConnected()) return;
  ++unanswered_[worker];
  ++metrics_.truncationsAsked;
  metrics_.lastTruncated = worker;
  add(action::Truncate{.worker = worker, .lease = lease, .end = end});
}

void Orders::revoke(const std::vector<LeaseHolder>& leases) {
  metrics_.leasesRevoked += leases.size();
  for (LeaseHolder revoked : leases) truncate(revoked.worker, revoked.lease, 0);
}

void Orders::noteAnswer(WorkerId worker) {
  auto owed = unanswered_.find(worker);
  if (owed != unanswered_.end() && --owed->second == 0) unanswered_.erase(owed);
}

Actions Orders::take() { return std::exchange(actions_, {}); }

void Orders::checkInvariants() const {
  for (const auto& [id, owed] : unanswered_) {
    PI_CHECK(owed > 0);
    PI_CHECK(workers_.get(id).isConnected());
  }
}

}  // namespace pi::scheduler
