#include "scheduler/core/commit_queue.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {
namespace {

template <typename Value>
std::vector<Value> takeAll(std::vector<Value>& first, std::vector<Value>& second) {
  std::vector<Value> all = std::exchange(first, {});
  all.insert(all.end(), second.begin(), second.end());
  second.clear();
  return all;
}

}  // namespace

void CommitQueue::change(JobId job, Instant now) {
  batch_.changed.insert(job);
  gather(now);
}

void CommitQueue::forget(JobId job, Instant now) {
  batch_.changed.erase(job);
  batch_.forgotten.insert(job);
  gather(now);
}

void CommitQueue::hear(WorkerId worker, std::uint64_t sequence, Instant now) {
  gathering_.heard[worker] = sequence;
  gather(now);
}

void CommitQueue::accept(Accepted accepted, Instant now) {
  gathering_.accepted.push_back(accepted);
  hurry(now);
}

void CommitQueue::extend(Accepted extended, Instant now) {
  change(extended.job, now);
  gathering_.extended.push_back(extended);
  hurry(now);
}

void CommitQueue::end(JobId job, Instant now) {
  change(job, now);
  gathering_.ended.push_back(job);
  hurry(now);
}

void CommitQueue::release(WorkerId worker, Instant now) {
  gathering_.released.push_back(worker);
  hurry(now);
}

void CommitQueue::gather(Instant now) {
  if (!gatherUntil_) gatherUntil_ = now + period_;
}

void CommitQueue::hurry(Instant now) {
  gatherUntil_ = gatherUntil_ ? std::min(*gatherUntil_, now) : now;
}

CommitQueue::Batch CommitQueue::begin(Instant now) {
  PI_CHECK(!isUnderway_);
  isUnderway_ = true;
  begunAt_ = now;
  gatherUntil_.reset();
  underway_ = std::exchange(gathering_, {});
  return std::exchange(batch_, {});
}

CommitQueue::Promises CommitQueue::finish() {
  PI_CHECK(isUnderway_);
  isUnderway_ = false;
  failure_.reset();
  return std::exchange(underway_, {});
}

bool CommitQueue::isLate(Instant now) const {
  constexpr Duration kUsualMax = std::chrono::seconds(1);
  return failure_ || (isUnderway_ && now - begunAt_ > kUsualMax);
}

std::vector<CommitQueue::Accepted> CommitQueue::takeAccepted() {
  return takeAll(underway_.accepted, gathering_.accepted);
}

std::vector<CommitQueue::Accepted> CommitQueue::takeExtended() {
  return takeAll(underway_.extended, gathering_.extended);
}

void CommitQueue::checkInvariants() const {
  for (JobId job : batch_.forgotten) PI_CHECK(!batch_.changed.contains(job));
  bool isGathering = !batch_.changed.empty() || !batch_.forgotten.empty() || !gathering_.isEmpty();
  PI_CHECK(!isGathering || gatherUntil_.has_value());
  PI_CHECK(underway_.isEmpty() || isUnderway_);
}

}  // namespace pi::scheduler
