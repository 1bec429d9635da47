#include "scheduler/core/job_queue.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::scheduler {

void JobQueue::add(JobId job, std::int32_t priority) {
  Class& peers = classes_[priority];
  ++peers.jobs;
  Place place{.priority = priority, .service = peers.clock, .job = job};
  PI_CHECK(entries_.emplace(job, Entry{.place = place}).second);
  order_.insert(place);
}

void JobQueue::remove(JobId job) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  order_.erase(found->second.place);
  auto peers = classes_.find(found->second.place.priority);
  if (--peers->second.jobs == 0) classes_.erase(peers);
  entries_.erase(found);
}

void JobQueue::setLendable(JobId job, bool isLendable) {
  auto found = entries_.find(job);
  if (found == entries_.end() || found->second.isLendable == isLendable) return;
  Entry& entry = found->second;
  entry.isLendable = isLendable;
  order_.erase(entry.place);
  if (isLendable) move(entry, std::max(entry.place.service, classes_[entry.place.priority].clock));
}

void JobQueue::charge(JobId job, double workerSeconds) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  const Place& place = found->second.place;
  classes_[place.priority].clock = place.service;
  move(found->second, place.service + workerSeconds);
}

void JobQueue::refund(JobId job, double workerSeconds) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  const Place& place = found->second.place;
  double least = std::min(place.service, classes_[place.priority].clock);
  move(found->second, std::max(place.service - workerSeconds, least));
}

std::size_t JobQueue::peers(std::int32_t priority) const {
  auto found = classes_.find(priority);
  return found == classes_.end() ? 0 : found->second.jobs;
}

void JobQueue::move(Entry& entry, double service) {
  order_.erase(entry.place);
  entry.place.service = service;
  if (entry.isLendable) order_.insert(entry.place);
}

}  // namespace pi::scheduler
