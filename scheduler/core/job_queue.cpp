#include "scheduler/core/job_queue.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::scheduler {

void JobQueue::add(JobId job, std::int32_t priority) {
  Class& peers = classes_[priority];
  ++peers.jobs;
  Place place{.priority = priority, .service = peers.clock, .entry = ++lastEntry_, .job = job};
  Entry entry{.place = place};
  PI_CHECK(entries_.emplace(job, entry).second);
  put(entry);
}

void JobQueue::remove(JobId job) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  take(found->second);
  auto peers = classes_.find(found->second.place.priority);
  PI_CHECK(peers != classes_.end());
  if (--peers->second.jobs == 0) classes_.erase(peers);
  entries_.erase(found);
}

void JobQueue::setPriority(JobId job, std::int32_t priority) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  Lendable to = found->second.to;
  remove(job);
  add(job, priority);
  setLendable(job, to);
}

void JobQueue::reenter(JobId job) {
  auto found = entries_.find(job);
  if (found == entries_.end()) return;
  Place place = found->second.place;
  place.service = classes_.at(place.priority).clock;
  place.entry = ++lastEntry_;
  move(found->second, place);
}

void JobQueue::setLendable(JobId job, Lendable to) {
  auto found = entries_.find(job);
  if (found == entries_.end() || found->second.to == to) return;
  Entry& entry = found->second;
  take(entry);
  entry.to = to;
  double least = to == Lendable::kToNone ? 0 : classes_.at(entry.place.priority).clock;
  entry.place.service = std::max(entry.place.service, least);
  put(entry);
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

bool JobQueue::hasLendable() const {
  return std::ranges::any_of(places_, [](const auto& places) { return !places.empty(); });
}

const JobQueue::Place* JobQueue::find(JobId job, Lendable to) const {
  auto entry = entries_.find(job);
  if (entry == entries_.end()) return nullptr;
  auto place = lendable(to).find(entry->second.place);
  return place == lendable(to).end() ? nullptr : &*place;
}

void JobQueue::checkInvariants() const {
  std::size_t lendable = 0;
  std::map<std::int32_t, std::size_t> jobs;
  for (const auto& [job, entry] : entries_) {
    PI_CHECK(entry.place.job == job);
    lendable += entry.to != Lendable::kToNone;
    PI_CHECK((find(job, entry.to) != nullptr) == (entry.to != Lendable::kToNone));
    ++jobs[entry.place.priority];
  }
  for (const std::set<Place>& places : places_) lendable -= places.size();
  PI_CHECK(lendable == 0);
  PI_CHECK(jobs.size() == classes_.size());
  for (const auto& [priority, count] : jobs) PI_CHECK(peers(priority) == count);
}

void JobQueue::move(Entry& entry, const Place& place) {
  take(entry);
  entry.place = place;
  put(entry);
}

void JobQueue::put(const Entry& entry) {
  if (entry.to == Lendable::kToNone) return;
  places_[static_cast<std::size_t>(entry.to)].insert(entry.place);
}

void JobQueue::take(const Entry& entry) {
  places_[static_cast<std::size_t>(entry.to)].erase(entry.place);
}

}  // namespace pi::scheduler
