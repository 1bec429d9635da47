#include "scheduler/allocation/observer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "scheduler/core/cost.h"

namespace pi::allocation {
namespace {

// Before any worker has shown its speed: that of one core of 2020 or so.
constexpr double kFirstSpeed = 1e9;

// Sums of such times do not overflow.
constexpr double kSecondsMax = 100.0 * 365 * 24 * 3600;

Duration durationOf(double seconds) {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::min(seconds, kSecondsMax)));
}

bool isConnected(const WorkerInfo& worker) {
  return worker.state == WorkerState::kActive || worker.state == WorkerState::kSilent ||
         worker.state == WorkerState::kDraining;
}

// The median: one worker that claims too much does not change it.
double median(std::vector<double> speeds) {
  auto middle = speeds.begin() + static_cast<std::ptrdiff_t>(speeds.size() / 2);
  std::nth_element(speeds.begin(), middle, speeds.end());
  return *middle;
}

}  // namespace

std::size_t Observer::othersAmong(const std::vector<WorkerInfo>& workers) const {
  return static_cast<std::size_t>(std::ranges::count_if(workers, [this](const WorkerInfo& worker) {
    return isConnected(worker) && !worker.profile.allocation.starts_with(prefix_);
  }));
}

Observer::Observer(const BlockRule& rule, std::string prefix)
    : rule_(rule), prefix_(std::move(prefix)), usualSpeed_(kFirstSpeed) {}

event::Observed Observer::observe(const std::vector<JobInfo>& jobs,
                                  const std::vector<WorkerInfo>& workers, Instant now) {
  ++round_;
  event::Observed observed;
  std::vector<double> speeds;
  for (const WorkerInfo& worker : workers) {
    bool isQuarantined = worker.state == WorkerState::kQuarantined;
    bool isOurs = worker.profile.allocation.starts_with(prefix_);
    if (!isQuarantined && !isConnected(worker)) continue;
    if (worker.state == WorkerState::kActive) {
      speeds.push_back(static_cast<double>(std::max<std::uint64_t>(1, worker.samplesPerSecond)));
    }
    if (isOurs) {
      observed.workers.push_back({.allocation = worker.profile.allocation,
                                  .idleSince = idleSince(worker, now),
                                  .isQuarantined = isQuarantined});
    } else if (worker.state == WorkerState::kActive) {
      ++observed.demand.otherWorkers;
    }
  }
  std::erase_if(activities_, [this](const auto& entry) { return entry.second.round != round_; });
  if (!speeds.empty()) usualSpeed_ = median(speeds);
  double work = secondsOfWork(jobs);
  observed.demand.work = durationOf(work);
  if (!speeds.empty()) {
    observed.demand.timeLeft = durationOf(work / static_cast<double>(speeds.size()));
  }
  return observed;
}

std::optional<Instant> Observer::idleSince(const WorkerInfo& worker, Instant now) {
  Activity& activity = activities_[worker.id];
  activity.round = round_;
  bool isBusy = worker.leases > 0 || worker.samplesContributed != activity.contributed;
  activity.contributed = worker.samplesContributed;
  if (isBusy) {
    activity.idleSince.reset();
  } else if (!activity.idleSince) {
    activity.idleSince = now;
  }
  return activity.idleSince;
}

double Observer::secondsOfWork(const std::vector<JobInfo>& jobs) const {
  double cost = 0;
  for (const JobInfo& job : jobs) {
    if (isOver(job.state)) continue;
    scheduler::JobWork work(job.spec, rule_);
    cost += static_cast<double>(work.averageCost(job.spec.samples - job.samplesCounted));
  }
  return cost / usualSpeed_;
}

}  // namespace pi::allocation
