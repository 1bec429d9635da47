#include "scheduler/core/roster.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {

Worker& Roster::add(Worker worker) {
  WorkerId id = worker.id;
  auto [place, isNew] = workers_.emplace(id, std::move(worker));
  check(isNew);
  enter(place->second);
  return place->second;
}

void Roster::remove(WorkerId worker) {
  auto found = workers_.find(worker);
  check(found != workers_.end());
  leave(found->second);
  workers_.erase(found);
}

Worker* Roster::find(WorkerId worker) {
  auto found = workers_.find(worker);
  return found == workers_.end() ? nullptr : &found->second;
}

void Roster::setState(Worker& worker, WorkerState state) {
  leave(worker);
  worker.state = state;
  enter(worker);
}

void Roster::learnSpeed(Worker& worker, std::uint64_t samples, Duration busy) {
  constexpr Duration kShort = std::chrono::microseconds(100);
  constexpr double kNewest = 0.5, kFastest = 1e15;
  double known = static_cast<double>(worker.speed);
  double measured = static_cast<double>(samples) / seconds(std::max(busy, kShort));
  // A short run says more about the clock than about the worker, except that it is no slower.
  double estimate =
      busy < kShort ? std::max(known, measured) : kNewest * measured + (1 - kNewest) * known;
  estimate = std::min(estimate, kFastest);
  leave(worker);
  worker.speed = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(estimate));
  enter(worker);
}

void Roster::enter(const Worker& worker) {
  if (worker.state == WorkerState::kActive) clusterSpeed_ += worker.speed;
  if (worker.isDoubtful()) ++doubtful_;
  if (worker.state != WorkerState::kAbsent) ++connected_;
}

void Roster::leave(const Worker& worker) {
  if (worker.state == WorkerState::kActive) clusterSpeed_ -= worker.speed;
  if (worker.isDoubtful()) --doubtful_;
  if (worker.state != WorkerState::kAbsent) --connected_;
}

void Roster::checkInvariants() const {
  Roster fresh;
  for (const auto& [id, worker] : workers_) fresh.enter(worker);
  check(fresh.clusterSpeed_ == clusterSpeed_);
  check(fresh.doubtful_ == doubtful_);
  check(fresh.connected_ == connected_);
}

}  // namespace pi::scheduler
