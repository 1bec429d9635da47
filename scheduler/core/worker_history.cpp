#include "scheduler/core/worker_history.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::scheduler {

void WorkerHistory::note(WorkerId worker, WorkerState state, Instant now) {
  WorkerTrack& track = tracks_[worker];
  std::vector<StatePeriod>& periods = track.periods;
  if (track.gone) {
    track.gone.reset();
    std::erase(gone_, worker);
  } else if (!periods.empty()) {
    if (periods.back().state == state) return;
    periods.back().end = now;
  }
  if (periods.size() == limits_.statePeriodsMax) periods.erase(periods.begin());
  periods.push_back({.state = state, .begin = now});
}

void WorkerHistory::noteGone(WorkerId worker, const WorkerProfile& profile, Instant now) {
  WorkerTrack& track = tracks_.at(worker);
  PI_CHECK(!track.gone);
  track.periods.back().end = now;
  track.gone = profile;
  gone_.push_back(worker);
  if (gone_.size() <= limits_.goneWorkersMax) return;
  tracks_.erase(gone_.front());
  gone_.pop_front();
}

const WorkerTrack* WorkerHistory::find(WorkerId worker) const {
  auto found = tracks_.find(worker);
  return found == tracks_.end() ? nullptr : &found->second;
}

void WorkerHistory::checkInvariants() const {
  PI_CHECK(gone_.size() <= limits_.goneWorkersMax);
  std::size_t gone = 0;
  for (const auto& [id, track] : tracks_) {
    gone += track.gone.has_value();
    PI_CHECK(!track.periods.empty());
    PI_CHECK(track.periods.size() <= limits_.statePeriodsMax);
    PI_CHECK(track.periods.back().end.has_value() == track.gone.has_value());
    const StatePeriod* before = nullptr;
    for (const StatePeriod& period : track.periods) {
      PI_CHECK(!period.end || *period.end >= period.begin);
      if (before != nullptr) {
        PI_CHECK(before->end.has_value());
        PI_CHECK(*before->end <= period.begin);
      }
      before = &period;
    }
  }
  PI_CHECK(gone == gone_.size());
  for (WorkerId id : gone_) PI_CHECK(tracks_.at(id).gone.has_value());
}

}  // namespace pi::scheduler
