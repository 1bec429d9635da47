// Which job is lent from next: by priority, then fairly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

#include "common/model/ids.h"

namespace pi::scheduler {

// Among jobs of one priority the least served goes next, and of two alike the newer.  Service is
// the time that workers were lent for, in worker seconds.  A job that comes, or comes back, begins
// where the others are: it neither waits for them nor makes up for the time that it was away
// (start-time fair queueing: Goyal, Vin and Cheng, IEEE/ACM Trans. Networking 5, 1997).
class JobQueue {
 public:
  void add(JobId job, std::int32_t priority);  // With something to lend.
  void remove(JobId job);

  // Whether there is anything to lend of it.  Unknown jobs are ignored, here and below.
  void setLendable(JobId job, bool isLendable);

  // The job was lent from; `workerSeconds` is how much.
  void charge(JobId job, double workerSeconds);
  // Some of that was given back.
  void refund(JobId job, double workerSeconds);

  struct Place {
    std::int32_t priority = 0;
    double service = 0;
    JobId job{};
    bool operator<(const Place& other) const {
      if (priority != other.priority) return priority > other.priority;
      if (service != other.service) return service < other.service;
      return job > other.job;
    }
  };
  const std::set<Place>& lendable() const { return order_; }

  std::size_t size() const { return entries_.size(); }
  std::size_t peers(std::int32_t priority) const;  // Jobs of that priority.

 private:
  struct Entry {
    Place place;
    bool isLendable = true;
  };
  struct Class {
    std::size_t jobs = 0;
    double clock = 0;  // The service of the job that was lent from last, before that.
  };
  void move(Entry& entry, double service);

  std::set<Place> order_;
  std::map<JobId, Entry> entries_;
  std::map<std::int32_t, Class> classes_;  // By priority.
};

}  // namespace pi::scheduler
