#include "scheduler/core/job_queue.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::scheduler {

void JobQueue::add(JobId job, std::int32_t priority) {
  Class& peers = classes_[priority];
  ++peers.jobs;
  Place place{.priority = priority, .service = peers.clock, .entry = ++lastEntry_, .job = job};
  PI_CHECK(entries_.emplace(job, Entry{.place = place}).second);
  order_.insert(place);
}

void JobQueue::remove(JobId job) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  order_.erase(found->second.place);
  auto peers = classes_.find(found->second.place.priority);
  PI_CHECK(peers != classes_.end());
  if (--peers->second.jobs == 0) classes_.erase(peers);
  entries_.erase(found);
}

void JobQueue::setPriority(JobId job, std::int32_t priority) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  bool isLendable = found->second.isLendable;
  remove(job);
  add(job, priority);
  setLendable(job, isLendable);
}

void JobQueue::reenter(JobId job) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  Place place = found->second.place;
  place.service = classes_.at(place.priority).clock;
  place.entry = ++lastEntry_;
  move(found->second, place);
}

void JobQueue::setLendable(JobId job, bool isLendable) {
  auto found = entries_.find(job);
  if (found == entries_.end() || found->second.isLendable == isLendable) return;
  Entry& entry = found->second;
  entry.isLendable = isLendable;
  order_.erase(entry.place);
  if (!isLendable) return;
  Place place = entry.place;
  place.service = std::max(place.service, classes_.at(place.priority).clock);
  move(entry, place);
}

void JobQueue::charge(JobId job, double workerSeconds) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  Place place = found->second.place;
  classes_.at(place.priority).clock = place.service;
  place.service += workerSeconds;
  move(found->second, place);
}

void JobQueue::refund(JobId job, double workerSeconds) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  Place place = found->second.place;
  double least = std::min(place.service, classes_.at(place.priority).clock);
  place.service = std::max(place.service - workerSeconds, least);
  move(found->second, place);
}

std::size_t JobQueue::peers(std::int32_t priority) const {
  auto found = classes_.find(priority);
  return found == classes_.end() ? 0 : found->second.jobs;
}

void JobQueue::checkInvariants() const {
  std::size_t lendable = 0;
  std::map<std::int32_t, std::size_t> jobs;
  for (const auto& [job, entry] : entries_) {
    PI_CHECK(entry.place.job == job);
    PI_CHECK(order_.contains(entry.place) == entry.isLendable);
    lendable += entry.isLendable;
    ++jobs[entry.place.priority];
  }
  PI_CHECK(lendable == order_.size());
  PI_CHECK(jobs.size() == classes_.size());
  for (const auto& [priority, count] : jobs) PI_CHECK(peers(priority) == count);
}

void JobQueue::move(Entry& entry, Place place) {
  order_.erase(entry.place);
  entry.place = place;
  if (entry.isLendable) order_.insert(entry.place);
}

}  // namespace pi::scheduler
