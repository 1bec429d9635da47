// The states of one worker over time.
#pragma once

#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/worker_info.h"

namespace pi {

struct StatePeriod {
  WorkerState state{};
  Instant begin;
  std::optional<Instant> end{};  // None while it lasts.
  bool operator==(const StatePeriod&) const = default;
};

struct WorkerTrack {
  // In order.  Each begins where the one before ends, or later if the worker was gone in between.
  std::vector<StatePeriod> periods{};
  // If it is gone: as it described itself.  It is lost if its last state is kAbsent; else it left.
  std::optional<WorkerProfile> gone{};
};

// The track of a worker, whether it is gone or not, as users see it.
struct WorkerTrackInfo {
  WorkerId worker{};
  WorkerProfile profile;
  bool isGone = false;  // It is lost if its last state is kAbsent; else it left.
  std::vector<StatePeriod> periods{};
  bool operator==(const WorkerTrackInfo&) const = default;
};

}  // namespace pi
