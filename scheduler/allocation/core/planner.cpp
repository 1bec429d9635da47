#include "scheduler/allocation/core/planner.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/quantity.h"
#include "scheduler/allocation/core/node_time.h"

namespace pi::allocation {
namespace {

// The workers that the work is worth, or for which clients wait, besides those that others have
// started.
std::size_t wantedOfUs(const Demand& demand, Duration minWork) {
  std::size_t wanted = std::max(wantedWorkers(demand, minWork), demand.workersAwaited);
  return wanted - std::min(wanted, demand.otherWorkers);
}

bool isWaiting(const Allocation& allocation) {
  return allocation.wish == Wish::kKeep && isAwaited(allocation);
}

// Less work than for a submission, so that no allocation is given back that was just asked for.
Duration halfOf(Duration minWork) { return std::max(minWork / 2, Duration(1)); }

}  // namespace

void Planner::plan(const Demand& demand, Instant now) {
  for (auto& [name, allocation] : book_.rows()) {
    if (!isWaiting(allocation)) continue;
    if (!allocation.queue) {
      giveBack(allocation, "its queue is not one of this start", now);
    } else if (queues_[*allocation.queue].pausedBecause()) {
      giveBack(allocation, "its queue is paused", now);
    }
  }
  endOverspending(now);
  Census census = takeCensus(book_, queues_);
  for (std::size_t queue = queues_.size(); queue-- > 0;) {
    giveSpareBack(queue, census, demand, now);
    letGo(queue, census, demand, now);
  }
  letGo(std::nullopt, census, demand, now);
  for (std::size_t queue = 0; queue < queues_.size(); ++queue) submit(queue, census, demand, now);
}

void Planner::giveAllBack(Instant now) {
  for (auto& [name, allocation] : book_.rows()) {
    if (isWaiting(allocation)) giveBack(allocation, "the scheduler stops", now);
  }
}

void Planner::giveBack(Allocation& allocation, const std::string& why, Instant now) {
  orders_.tell("gives " + label(allocation) + " back: " + why);
  book_.setWish(allocation, Wish::kGiveBack, now);
}

void Planner::giveSpareBack(std::size_t queue, Census& census, const Demand& demand, Instant now) {
  std::vector<Allocation*> waiting;
  for (auto& [name, allocation] : book_.rows()) {
    if (allocation.queue == queue && isWaiting(allocation)) waiting.push_back(&allocation);
  }
  // The newest ones first: the others are nearer to their start.
  std::ranges::stable_sort(waiting, std::greater{}, &Allocation::since);
  const QueueOptions& options = queues_[queue].options();
  std::size_t worth = wantedOfUs(demand, halfOf(options.minWork));
  for (Allocation* allocation : waiting) {
    if (census.queues[queue].supply <= options.workersMin) return;
    std::string why;
    if (census.queues[queue].supply > options.workersMax) {
      why = "--workers-max is lower than at the start before";
    } else if (census.supply > worth) {
      why =
          allWork(demand) > Duration::zero() ? "there is not enough work left" : "no work is left";
    } else if (allocation->startsAt && demand.timeLeft &&
               *allocation->startsAt > now + *demand.timeLeft) {
      why = "it would start in " + durationText(*allocation->startsAt - now) +
            ", and the work is done in " + durationText(*demand.timeLeft);
      queues_[queue].noteLateStart(*allocation->startsAt, now, settings_);
    } else {
      continue;
    }
    giveBack(*allocation, why, now);
    --census.queues[queue].supply;
    --census.supply;
  }
}

void Planner::letGo(std::optional<std::size_t> queue, Census& census, const Demand& demand,
                    Instant now) {
  const QueueOptions& options = queue ? queues_[*queue].options() : QueueOptions{};
  std::vector<Allocation*> idle;
  for (auto& [name, allocation] : book_.rows()) {
    bool isIdle = allocation.idleSince && now - *allocation.idleSince >= options.workerIdleTimeout;
    if (allocation.queue == queue && isIdle && allocation.wish == Wish::kKeep &&
        allocation.stage == Stage::kRunning) {
      idle.push_back(&allocation);
    }
  }
  std::ranges::stable_sort(idle, {}, &Allocation::idleSince);
  std::size_t wanted = wantedOfUs(demand, options.minWork);
  for (Allocation* allocation : idle) {
    if (queue && census.queues[*queue].supply <= options.workersMin) return;
    if (census.supply <= wanted) return;
    orders_.tell("lets the worker of " + label(*allocation) + " go: it is idle for " +
                 durationText(now - *allocation->idleSince));
    book_.setWish(*allocation, Wish::kDrain, now);
    if (queue) --census.queues[*queue].supply;
    --census.supply;
  }
}

// Allocations may run longer than their time limit, or longer than it seemed.
void Planner::endOverspending(Instant now) {
  Census census = takeCensus(book_, queues_);
  for (auto& [name, allocation] : book_.rows()) {
    if (!allocation.queue || allocation.wish != Wish::kKeep) continue;
    const auto& limit = queues_[*allocation.queue].options().nodeTimeMax;
    if (!limit || census.queues[*allocation.queue].used <= *limit) continue;
    orders_.warn("lets the worker of " + label(allocation) + " go: the node-hours of " +
                 queues_[*allocation.queue].name() + " are used up");
    book_.setWish(allocation, isAwaited(allocation) ? Wish::kGiveBack : Wish::kDrain, now);
  }
}

void Planner::submit(std::size_t queue, Census& census, const Demand& demand, Instant now) {
  const QueueOptions& options = queues_[queue].options();
  QueueCount& count = census.queues[queue];
  std::size_t wanted = wantedOfUs(demand, options.minWork);
  while (count.supply < options.workersMin || census.supply < wanted) {
    if (!whyNot(queue, count, demand, now).empty()) return;
    const Allocation& planned = book_.plan(queue, options, now);
    orders_.tell(queues_[queue].name() + ": asks for a worker, " + planned.name +
                 (allWork(demand) > Duration::zero()
                      ? "; the work takes one worker " + durationText(allWork(demand))
                      : ""));
    ++count.alive;
    ++count.supply;
    ++count.waiting;
    count.committed += reserved(planned);
    ++census.supply;
  }
}

std::string Planner::whyNot(std::size_t queue, const Demand& demand, Instant now) const {
  return whyNot(queue, takeCensus(book_, queues_).queues[queue], demand, now);
}

std::string Planner::whyNot(std::size_t queue, const QueueCount& count, const Demand& demand,
                            Instant now) const {
  const Queue& asked = queues_[queue];
  const QueueOptions& options = asked.options();
  if (asked.pausedBecause()) return "it is paused: " + *asked.pausedBecause();
  if (asked.retryAt() && now < *asked.retryAt()) {
    return "it waits after a failure: " + asked.lastFailure();
  }
  if (count.alive >= options.workersMax) {
    return "it has all workers that --workers-max allows";
  }
  if (options.nodeTimeMax &&
      count.committed + std::chrono::ceil<NodeTime>(options.workerTimeLimit) >
          *options.nodeTimeMax) {
    return "--max-node-hours allows no further worker";
  }
  if (count.waiting >= options.backlog) return "as many are pending as --backlog allows";
  bool isForWork = count.supply >= options.workersMin;
  if (isForWork && demand.timeLeft && asked.startsTooLate(now + *demand.timeLeft, now)) {
    return "a worker would start after the work is done";
  }
  return {};
}

std::size_t Planner::workersMost() const {
  std::size_t most = 0;
  Census census = takeCensus(book_, queues_);
  for (std::size_t queue = 0; queue < queues_.size(); ++queue) {
    const QueueOptions& options = queues_[queue].options();
    const QueueCount& count = census.queues[queue];
    std::size_t ofQueue = options.workersMax;
    if (options.nodeTimeMax) {
      auto each = std::chrono::ceil<NodeTime>(options.workerTimeLimit);
      NodeTime left = std::max(*options.nodeTimeMax - count.committed, NodeTime::zero());
      ofQueue = std::min(ofQueue, count.alive + static_cast<std::size_t>(left / each));
    }
    most += ofQueue;
  }
  return most;
}

void Planner::checkInvariants() const {
  Census census = takeCensus(book_, queues_);
  for (std::size_t queue = 0; queue < queues_.size(); ++queue) {
    PI_CHECK(census.queues[queue].used >= queues_[queue].spent());
  }
}

}  // namespace pi::allocation
