#include "scheduler/core/roster.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {
namespace {

// In samples per second.  Whatever workers claim, sums of all their speeds do not overflow.
constexpr std::uint64_t kFastest = 1'000'000'000'000'000;

// Beyond, those of the workers that joined first are forgotten.
constexpr std::size_t kStrikesMax = 10'000;

std::uint64_t plausible(double speed) {
  return static_cast<std::uint64_t>(std::clamp(speed, 1.0, static_cast<double>(kFastest)));
}

}  // namespace

Worker& Roster::add(Worker worker) {
  worker.speed = std::clamp<std::uint64_t>(worker.speed, 1, kFastest);
  WorkerId id = worker.id;
  if (auto known = strikes_.extract(id); !known.empty()) worker.strikes = known.mapped();
  auto [place, isNew] = workers_.emplace(id, std::move(worker));
  PI_CHECK(isNew);
  enter(place->second);
  return place->second;
}

void Roster::remove(WorkerId worker) {
  auto found = workers_.find(worker);
  PI_CHECK(found != workers_.end());
  leave(found->second);
  const Strikes& strikes = found->second.strikes;
  if (strikes.lies > 0 || strikes.failures > 0) strikes_.insert_or_assign(worker, strikes);
  if (strikes_.size() > kStrikesMax) strikes_.erase(strikes_.begin());
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
  const double newest = worker.isMeasured ? 0.5 : 1.0;
  double known = static_cast<double>(worker.speed);
  double measured = static_cast<double>(samples) / seconds(std::max(busy, kShort));
  // A short run says more about the clock than about the worker, except that it is no slower.
  double estimate =
      busy < kShort ? std::max(known, measured) : newest * measured + (1 - newest) * known;
  worker.isMeasured = worker.isMeasured || busy >= kShort;
  leave(worker);
  worker.speed = plausible(estimate);
  enter(worker);
}

void Roster::enter(const Worker& worker) {
  if (worker.state == WorkerState::kActive) clusterSpeed_ += worker.speed;
  if (worker.isDoubtful()) ++doubtful_;
  if (worker.isConnected()) ++connected_;
}

void Roster::leave(const Worker& worker) {
  if (worker.state == WorkerState::kActive) clusterSpeed_ -= worker.speed;
  if (worker.isDoubtful()) --doubtful_;
  if (worker.isConnected()) --connected_;
}

void Roster::checkInvariants() const {
  Roster fresh;
  for (const auto& [id, worker] : workers_) fresh.enter(worker);
  PI_CHECK(fresh.clusterSpeed_ == clusterSpeed_);
  PI_CHECK(fresh.doubtful_ == doubtful_);
  PI_CHECK(fresh.connected_ == connected_);
}

}  // namespace pi::scheduler
