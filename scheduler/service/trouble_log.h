// Log lines about work that is shared again: silent workers, second leases, truncations.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/log_subject.h"
#include "common/model/worker_info.h"
#include "scheduler/core/metrics.h"

namespace pi::scheduler {

struct TroubleLine {
  LogSubject about;  // The last worker that it is about.
  std::string text;
  bool operator==(const TroubleLine&) const = default;
};

// Follows the core's counters.  The first change of a kind gives a line at once, and then one line
// a kTroublePeriod has everything since.
class TroubleLog {
 public:
  // Whether linesFor() would return a line, in constant time: to be asked after each event.
  bool isDue(const Metrics& metrics, Instant now) const;

  // `workers`: all of them, for their names.
  std::vector<TroubleLine> linesFor(const Metrics& metrics, const std::vector<WorkerInfo>& workers,
                                    Instant now);

 private:
  // The last line about one counter.
  struct Said {
    std::uint64_t count = 0;
    Instant nextAt{};
  };
  static constexpr std::size_t kKinds = 3;
  std::array<Said, kKinds> said_{};
};

}  // namespace pi::scheduler
