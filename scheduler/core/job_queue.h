// The order in which jobs are served: by priority, then by fair shares.
#pragma once

#include <array>
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
// 1997).  The law: each job with open samples is in one of the sets of lendable(), at its place;
// peers() counts the jobs of a priority.
class JobQueue {
 public:
  void add(JobId job, std::int32_t priority);  // It is lendable to all.
  void remove(JobId job);

  // The job leaves its class and enters another one, like a job that enters the queue.
  void setPriority(JobId job, std::int32_t priority);

  // The job starts like one that enters the queue now.
  void reenter(JobId job);

  // To which workers the job can be lent: to none without open samples; with limited threads, to
  // those that can take a seat, and without a free seat only to those that hold some.
  enum class Lendable : std::uint8_t { kToNone, kToHolders, kToSeats, kToAll };
  // Unknown jobs are ignored, here and below.
  void setLendable(JobId job, Lendable to);

  // The job was served for `workerSeconds`.
  void charge(JobId job, double workerSeconds);
  // Some of its service was given back.
  void refund(JobId job, double workerSeconds);

  struct Place {
    std::int32_t priority = 0;
    double service = 0;
    std::uint64_t entry = 0;  // A job that entered later has a higher number.
    JobId job{};
    bool operator<(const Place& other) const {
      if (priority != other.priority) return priority > other.priority;
      if (service != other.service) return service < other.service;
      return entry > other.entry;
    }
  };
  // The jobs that can be lent to exactly these workers.
  const std::set<Place>& lendable(Lendable to) const {
    return places_[static_cast<std::size_t>(to)];
  }
  bool hasLendable() const;
  // The job's place in lendable(to); null if it is not there.
  const Place* find(JobId job, Lendable to) const;

  std::size_t size() const { return entries_.size(); }
  std::size_t peers(std::int32_t priority) const;  // Jobs of that priority.
  void checkInvariants() const;

 private:
  struct Entry {
    Place place;
    Lendable to = Lendable::kToAll;
  };
  struct Class {
    std::size_t jobs = 0;
    double clock = 0;  // The service of the job that was served last, before it was.
  };
  void move(Entry& entry, const Place& place);
  void put(const Entry& entry);
  void take(const Entry& entry);

  std::array<std::set<Place>, 4> places_;  // By Lendable; none with kToNone.
  std::map<JobId, Entry> entries_;
  std::map<std::int32_t, Class> classes_;  // By priority.
  std::uint64_t lastEntry_ = 0;
};

}  // namespace pi::scheduler
