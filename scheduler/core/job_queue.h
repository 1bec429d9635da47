// Which job is lent from next: by priority, then fairly.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "common/base/ids.h"

namespace pi::scheduler {

// Among jobs of one priority the least served goes next; service is the time that workers were lent
// for, in worker seconds.
class JobQueue {
 public:
  // A new job is as far served as the least served of its priority: it neither waits for the others
  // nor makes up for the time before it came.
  void add(JobId job, std::int32_t priority);
  void remove(JobId job);

  // `workerSeconds` may be negative: lent work that was given back.
  void serve(JobId job, double workerSeconds);

  struct Place {
    std::int32_t priority = 0;
    double service = 0;
    JobId job{};
    bool operator<(const Place& other) const {
      if (priority != other.priority) return priority > other.priority;
      if (service != other.service) return service < other.service;
      return job < other.job;
    }
  };
  const std::set<Place>& inOrder() const { return order_; }

 private:
  std::set<Place> order_;
  std::map<JobId, Place> places_;
};

}  // namespace pi::scheduler
