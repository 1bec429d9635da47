#include "scheduler/allocation/observer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "scheduler/core/cost.h"

namespace pi::allocation {
namespace {

// Before any worker has shown its speed: that of one core of 2020 or so.
constexpr double kFirstSpeed = 1e9;

Duration durationOf(double seconds) {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::min(seconds, pi::seconds(kLongestWork))));
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
  std::vector<double> speeds, threads;
  std::size_t others = 0;
  for (const WorkerInfo& worker : workers) {
    bool isQuarantined = worker.state == WorkerState::kQuarantined;
    bool isOurs = worker.profile.allocation.starts_with(prefix_);
    if (!isQuarantined && !isConnected(worker)) continue;
    if (worker.state == WorkerState::kActive) {
      speeds.push_back(static_cast<double>(std::max<std::uint64_t>(1, worker.samplesPerSecond)));
      if (worker.profile.cpuThreads > 0) threads.push_back(worker.profile.cpuThreads);
    }
    if (isOurs) {
      observed.workers.push_back({.allocation = worker.profile.allocation,
                                  .idleSince = idleSince(worker, now),
                                  .isQuarantined = isQuarantined});
    } else if (worker.state == WorkerState::kActive) {
      ++others;
    }
  }
  std::erase_if(activities_, [this](const auto& entry) { return entry.second.round != round_; });
  std::size_t computing = speeds.size();
  if (!speeds.empty()) usualSpeed_ = median(std::move(speeds));
  if (!threads.empty()) usualThreads_ = median(std::move(threads));
  observed.demand = demandOf(jobs, computing);
  observed.demand.otherWorkers = others;
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

// `workers` compute.  A limited job is more time of a worker than others: it takes a few of its
// threads, and the rest of them wait.
Demand Observer::demandOf(const std::vector<JobInfo>& jobs, std::size_t workers) const {
  Demand demand;
  double work = 0, all = 0, longest = 0;
  for (const JobInfo& job : jobs) {
    if (isOver(job.state)) continue;
    scheduler::JobWork shape(job.spec, rule_);
    double cost = static_cast<double>(shape.averageCost(job.spec.samples - job.samplesCounted));
    double time = cost / usualSpeed_;
    if (job.spec.threadsMax == 0) {
      work += time;
    } else {
      double full = job.spec.threadsMax / std::max(usualThreads_, 1.0);  // Workers that it fills.
      // Before a worker was seen, one may have all the threads.
      bool isOne = usualThreads_ == 0 || full <= 1;
      double workersMax = isOne ? 1 : std::ceil(full);
      if (usualThreads_ > 0) time /= std::min(full, 1.0);
      longest = std::max(longest, time / workersMax);
      demand.limited.push_back(
          {.work = durationOf(time), .workersMax = static_cast<std::size_t>(workersMax)});
    }
    all += time;
  }
  demand.work = durationOf(work);
  if (workers > 0) {
    demand.timeLeft = durationOf(std::max(all / static_cast<double>(workers), longest));
  }
  return demand;
}

}  // namespace pi::allocation
