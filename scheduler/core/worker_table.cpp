#include "scheduler/core/worker_table.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "scheduler/core/limits.h"

namespace pi::scheduler {
namespace {

std::uint64_t plausible(double speed) {
  return static_cast<std::uint64_t>(std::clamp(speed, 1.0, static_cast<double>(kSpeedMax)));
}

// The speed as a tally shows it.  The first one replaces the estimate, later ones move it.
void learn(Speed& speed, std::uint64_t cost, Duration busy) {
  const double newest = speed.isMeasured ? 0.5 : 1.0;
  double known = static_cast<double>(speed.costPerSecond);
  double measured = static_cast<double>(cost) / seconds(std::max(busy, kShortRun));
  // The time of a short run is too uncertain to lower the estimate.
  double estimate =
      busy < kShortRun ? std::max(known, measured) : newest * measured + (1 - newest) * known;
  speed.isMeasured = speed.isMeasured || busy >= kShortRun;
  speed.costPerSecond = plausible(estimate);
}

void trust(const TrustPolicy& policy, Worker& worker) {
  worker.trusted = trustedCost(policy, worker.counted);
  worker.speedMax = trustedSpeed(policy, worker.trusted);
}

}  // namespace

// Until it is measured, a thread's speed is a fair part of what is known of the worker, and at
// least what short runs have shown.
std::uint64_t Worker::ownSpeed(WorkKind kind, std::uint32_t threads) const {
  const Speed& whole = speeds[indexOf(kind)];
  if (threads == 0) return whole.costPerSecond;
  const Speed& one = threadSpeeds[indexOf(kind)];
  double perThread = static_cast<double>(one.costPerSecond);
  double part = static_cast<double>(whole.costPerSecond) / std::max(profile.threads, 1u);
  if (!one.isMeasured) perThread = std::max(perThread, part);
  return plausible(perThread * threads);
}

void Worker::learnThreadSpeed(WorkKind kind, std::uint64_t costPerThread, Duration busy) {
  learn(threadSpeeds[indexOf(kind)], costPerThread, busy);
}

Worker& WorkerTable::add(WorkerId id, const WorkerProfile& profile, Instant now) {
  Worker worker{
      .id = id, .profile = profile, .heardAt = now, .progressAt = now, .connectedAt = now};
  // A worker claims one speed, that of its self-test with the sampler `random`.
  std::uint64_t claimed = std::min(profile.samplesPerSecond, kSpeedMax);
  for (Speed& speed : worker.speeds) {
    speed.costPerSecond = std::max<std::uint64_t>(claimed, 1);
  }
  trust(trust_, worker);
  if (auto known = strikes_.extract(id); !known.empty()) worker.strikes = known.mapped();
  auto [place, isNew] = workers_.emplace(id, std::move(worker));
  PI_CHECK(isNew);
  totals_.add(place->second);
  history_.note(id, place->second.state, now);
  return place->second;
}

void WorkerTable::remove(WorkerId id, Instant now) {
  Worker& worker = get(id);
  history_.noteGone(id, worker.profile, now);
  setWaiting(worker, false);
  totals_.subtract(worker);
  if (worker.state == WorkerState::kQuarantined) std::erase(quarantined_, id);
  if (worker.strikes.violations > 0 || worker.strikes.failures > 0) {
    strikes_.insert_or_assign(id, worker.strikes);
  }
  if (strikes_.size() > kStrikesMax) strikes_.erase(strikes_.begin());
  workers_.erase(id);
}

Worker* WorkerTable::find(WorkerId worker) {
  auto found = workers_.find(worker);
  return found == workers_.end() ? nullptr : &found->second;
}

const Worker* WorkerTable::find(WorkerId worker) const {
  auto found = workers_.find(worker);
  return found == workers_.end() ? nullptr : &found->second;
}

Worker& WorkerTable::get(WorkerId worker) {
  Worker* found = find(worker);
  PI_CHECK(found != nullptr);
  return *found;
}

const Worker& WorkerTable::get(WorkerId worker) const {
  const Worker* found = find(worker);
  PI_CHECK(found != nullptr);
  return *found;
}

void WorkerTable::setState(Worker& worker, WorkerState state, Instant now) {
  if (worker.isDismissed && state == WorkerState::kActive) state = WorkerState::kDraining;
  PI_CHECK(worker.state != WorkerState::kQuarantined || state == WorkerState::kQuarantined);
  bool wasQuarantined = worker.state == WorkerState::kQuarantined;
  totals_.subtract(worker);
  worker.connectedBefore = worker.connectedTime(now);
  worker.connectedAt = now;
  worker.state = state;
  totals_.add(worker);
  history_.note(worker.id, state, now);
  if (state == WorkerState::kQuarantined && !wasQuarantined) quarantined_.push_back(worker.id);
  setWaiting(worker, worker.isWaiting);
}

void WorkerTable::setWaiting(Worker& worker, bool isWaiting) {
  if (worker.isWaiting) {
    // The one that waits longest is served first, and is found at once.
    auto place = std::ranges::find(waiting_, worker.id);
    if (place != waiting_.end()) waiting_.erase(place);
  }
  worker.isWaiting = isWaiting;
  if (isWaiting && worker.state == WorkerState::kActive) waiting_.push_back(worker.id);
}

void WorkerTable::learnSpeed(Worker& worker, WorkKind kind, std::uint64_t cost, Duration busy) {
  Speed& speed = worker.speeds[indexOf(kind)];
  totals_.subtract(worker);
  learn(speed, cost, busy);
  worker.lastKind = kind;
  totals_.add(worker);
}

void WorkerTable::noteCounted(Worker& worker, std::uint64_t cost) {
  totals_.subtract(worker);
  worker.counted += std::min(cost, kSamplesEnd - worker.counted);
  trust(trust_, worker);
  totals_.add(worker);
}

void WorkerTable::Totals::add(const Worker& worker) {
  if (worker.state == WorkerState::kActive) {
    for (std::size_t i = 0; i < speeds.size(); ++i)
      speeds[i] += worker.speed(static_cast<WorkKind>(i));
    cpuThreads += worker.profile.cpuThreads;
  }
  suspects += worker.isSuspect();
  connected += worker.isConnected();
}

void WorkerTable::Totals::subtract(const Worker& worker) {
  if (worker.state == WorkerState::kActive) {
    for (std::size_t i = 0; i < speeds.size(); ++i)
      speeds[i] -= worker.speed(static_cast<WorkKind>(i));
    cpuThreads -= worker.profile.cpuThreads;
  }
  suspects -= worker.isSuspect();
  connected -= worker.isConnected();
}

void WorkerTable::checkInvariants() const {
  Totals fresh;
  std::size_t waiting = 0, quarantined = 0;
  for (const auto& [id, worker] : workers_) {
    PI_CHECK(worker.id == id);
    PI_CHECK(worker.committed <= worker.heard);
    fresh.add(worker);
    waiting += worker.isWaiting && worker.state == WorkerState::kActive;
    quarantined += worker.state == WorkerState::kQuarantined;
    const WorkerTrack* track = history_.find(id);
    PI_CHECK(track != nullptr);
    PI_CHECK(!track->gone);
    PI_CHECK(track->periods.back().state == worker.state);
  }
  history_.checkInvariants();
  PI_CHECK(history_.tracks().size() == workers_.size() + history_.gone().size());
  PI_CHECK(fresh == totals_);
  PI_CHECK(waiting == waiting_.size());
  for (WorkerId id : waiting_) PI_CHECK(get(id).isWaiting);
  PI_CHECK(quarantined == quarantined_.size());
  for (WorkerId id : quarantined_) PI_CHECK(get(id).state == WorkerState::kQuarantined);
}

}  // namespace pi::scheduler
