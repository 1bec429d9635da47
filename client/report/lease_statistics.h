// Sums over the remembered leases of a job.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/lease_record.h"

namespace pi::client {

class LeaseStatistics {
 public:
  struct Sum {
    std::uint64_t leases = 0;
    std::uint64_t counted = 0;  // In samples.
  };
  struct Share {
    std::uint64_t leases = 0;
    std::uint64_t counted = 0;
    std::uint64_t lost = 0;  // Leases.
  };

  void add(const LeaseRecord& lease);

  std::uint64_t leases() const;
  const Sum& of(LeaseOutcome outcome) const { return sums_[static_cast<std::size_t>(outcome)]; }
  const std::map<WorkerId, Share>& workers() const { return workers_; }

  // Between lending and end, of leases that are counted in full.
  struct Times {
    Duration shortest{};
    Duration median{};
    Duration longest{};
  };
  std::optional<Times> times() const;  // Nullopt if there is no such lease.

 private:
  std::array<Sum, kLeaseOutcomes> sums_{};
  std::map<WorkerId, Share> workers_;
  std::vector<Duration> times_;
};

}  // namespace pi::client
