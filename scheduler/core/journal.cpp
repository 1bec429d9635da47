#include "scheduler/core/journal.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {

void Journal::change(JobId job, Instant now) {
  batch_.changed.insert(job);
  gather(now);
}

void Journal::forget(JobId job, Instant now) {
  batch_.changed.erase(job);
  batch_.forgotten.insert(job);
  gather(now);
}

void Journal::hear(WorkerId worker, std::uint64_t sequence, Instant now) {
  gathering_.heard[worker] = sequence;
  gather(now);
}

void Journal::accept(Accepted accepted, Instant now) {
  gathering_.accepted.push_back(accepted);
  hurry(now);
}

void Journal::end(JobId job, Instant now) {
  change(job, now);
  gathering_.ended.push_back(job);
  hurry(now);
}

void Journal::release(WorkerId worker, Instant now) {
  gathering_.released.push_back(worker);
  hurry(now);
}

void Journal::gather(Instant now) {
  if (!gatherUntil_) gatherUntil_ = now + period_;
}

void Journal::hurry(Instant now) {
  gatherUntil_ = gatherUntil_ ? std::min(*gatherUntil_, now) : now;
}

std::optional<Instant> Journal::dueAt() const { return isUnderway_ ? std::nullopt : gatherUntil_; }

Journal::Batch Journal::begin() {
  PI_CHECK(!isUnderway_);
  isUnderway_ = true;
  gatherUntil_.reset();
  underway_ = std::exchange(gathering_, {});
  return std::exchange(batch_, {});
}

Journal::Promises Journal::finish() {
  PI_CHECK(isUnderway_);
  isUnderway_ = false;
  return std::exchange(underway_, {});
}

std::vector<Journal::Accepted> Journal::takeAccepted() {
  std::vector<Accepted> all = std::exchange(underway_.accepted, {});
  all.insert(all.end(), gathering_.accepted.begin(), gathering_.accepted.end());
  gathering_.accepted.clear();
  return all;
}

}  // namespace pi::scheduler
