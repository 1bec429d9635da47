// The order in which jobs are served: by priority, then by fair shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

#include "common/model/ids.h"

namespace pi::scheduler {

// Among jobs of one priority the least served one is next; if two are equal, the one that entered
// last.  Service is the time for which workers were lent, in worker seconds.  A job that enters, or
// is lendable again, starts at the service of the others: it has neither a debt nor a claim from
// the time before (start-time fair queueing: Goyal, Vin and Cheng, IEEE/ACM Trans. Networking 5,
// 1997).  The law: lendable() has the jobs that are lendable, each at its place, and peers() counts
// the jobs of a priority.
class JobQueue {
 public:
  void add(JobId job, std::int32_t priority);  // It is lendable.
  void remove(JobId job);

  // The job leaves its class and enters another one, like a job that enters the queue.
  void setPriority(JobId job, std::int32_t priority);

  // The job starts like one that enters the queue now.
  void reenter(JobId job);

  // Whether the job has open samples.  Unknown jobs are ignored, here and below.
  void setLendable(JobId job, bool isLendable);

  // The job was served for `workerSeconds`.
  void charge(JobId job, double workerSeconds);
  // Some of its service was given back.
  void refund(JobId job, double workerSeconds);

  struct Place {
    std::int32_t priority = 0;
    double service = 0;
    std::uint64_t entry = 0;  // Of two jobs the one with the higher number entered later.
    JobId job{};
    bool operator<(const Place& other) const {
      if (priority != other.priority) return priority > other.priority;
      if (service != other.service) return service < other.service;
      return entry > other.entry;
    }
  };
  const std::set<Place>& lendable() const { return order_; }

  std::size_t size() const { return entries_.size(); }
  std::size_t peers(std::int32_t priority) const;  // Jobs of that priority.
  void checkInvariants() const;

 private:
  struct Entry {
    Place place;
    bool isLendable = true;
  };
  struct Class {
    std::size_t jobs = 0;
    double clock = 0;  // The service of the job that was served last, before it was.
  };
  void move(Entry& entry, Place place);

  std::set<Place> order_;
  std::map<JobId, Entry> entries_;
  std::map<std::int32_t, Class> classes_;  // By priority.
  std::uint64_t lastEntry_ = 0;
};

}  // namespace pi::scheduler
