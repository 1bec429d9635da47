#include "client/report/lease_statistics.h"

#include <algorithm>

namespace pi::client {

void LeaseStatistics::add(const LeaseRecord& lease) {
  Sum& sum = sums_[static_cast<std::size_t>(lease.outcome)];
  ++sum.leases;
  sum.counted += lease.counted;
  Share& share = workers_[lease.worker];
  ++share.leases;
  share.counted += lease.counted;
  share.lost += lease.outcome == LeaseOutcome::kLost;
  if (lease.outcome == LeaseOutcome::kDone) times_.push_back(lease.endedAt - lease.begunAt);
}

std::uint64_t LeaseStatistics::leases() const {
  std::uint64_t leases = 0;
  for (const Sum& sum : sums_) leases += sum.leases;
  return leases;
}

std::optional<LeaseStatistics::Times> LeaseStatistics::times() const {
  if (times_.empty()) return std::nullopt;
  std::vector<Duration> sorted = times_;
  std::ranges::sort(sorted);
  return Times{
      .shortest = sorted.front(), .median = sorted[sorted.size() / 2], .longest = sorted.back()};
}

}  // namespace pi::client
