// The states of the workers over time, and the workers that are gone.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/worker_info.h"
#include "common/model/worker_track.h"
#include "scheduler/core/history_limits.h"

namespace pi::scheduler {

// The law: a worker of WorkerTable has a track whose last period has its state and lasts; each
// other track is that of a worker that is gone, and has no period that lasts.
class WorkerHistory {
 public:
  explicit WorkerHistory(const HistoryLimits& limits) : limits_(limits) {}

  // The worker came, came back, or has another state.  No effect if it has this state already.
  void note(WorkerId worker, WorkerState state, Instant now);
  // The worker left, or was away for too long.
  void noteGone(WorkerId worker, const WorkerProfile& profile, Instant now);

  const std::map<WorkerId, WorkerTrack>& tracks() const { return tracks_; }
  const WorkerTrack* find(WorkerId worker) const;  // Null if nothing is remembered of it.
  // In the order in which they went.
  const std::deque<WorkerId>& gone() const { return gone_; }

  void checkInvariants() const;

 private:
  HistoryLimits limits_;
  std::map<WorkerId, WorkerTrack> tracks_;
  std::deque<WorkerId> gone_;
};

}  // namespace pi::scheduler
