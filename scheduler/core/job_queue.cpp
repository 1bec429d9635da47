#include "scheduler/core/job_queue.h"

#include <algorithm>
#include <limits>

#include "common/base/check.h"

namespace pi::scheduler {

void JobQueue::add(JobId job, std::int32_t priority) {
  auto peer = order_.lower_bound(
      {.priority = priority, .service = std::numeric_limits<double>::lowest(), .job = JobId{}});
  bool hasPeer = peer != order_.end() && peer->priority == priority;
  Place place{.priority = priority, .service = hasPeer ? peer->service : 0, .job = job};
  check(places_.emplace(job, place).second);
  order_.insert(place);
}

void JobQueue::remove(JobId job) {
  auto found = places_.find(job);
  if (found == places_.end()) return;
  order_.erase(found->second);
  places_.erase(found);
}

void JobQueue::serve(JobId job, double workerSeconds) {
  auto found = places_.find(job);
  if (found == places_.end()) return;
  order_.erase(found->second);
  found->second.service += workerSeconds;
  order_.insert(found->second);
}

}  // namespace pi::scheduler
