// Workers that know when they end, as in a batch job with a time limit: what they may still be
// lent, and when they drain.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/clock.h"
#include "scheduler/core/config.h"
#include "scheduler/core/cost.h"
#include "scheduler/core/lease_book.h"
#include "scheduler/core/orders.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {

// A lease is to be finished this long before its worker ends: a heartbeat for a worker that is
// slower than it was, and the time to report and to be told to drain.
Duration endMargin(const Worker& worker, const Config& config);

// When the worker has to be done with everything that it is lent; nothing if it knows no end.
std::optional<Instant> doneBy(const Worker& worker, const Config& config);

// How many samples, at most, the worker can finish in time if it begins with them at `begin`, also
// if they are rounded up to the end of a block; kSamplesEnd if it knows no end.  Zero if the time
// is too short for the shortest lease, or for a block for each of the threads, since a thread
// computes a block alone.  `threads`: as in Lease, 0 means all that it has.
std::uint64_t finishableSamples(const Worker& worker, const JobWork& work, const Config& config,
                                Instant begin, std::uint32_t threads);

// Drains the workers that can finish nothing more.  The law: while a connected worker that knows
// its end is not told to drain, there is a time at which it is looked at.  A worker without leases
// is told as soon as no lease fits, also if that is so when it joins; one with leases when it has
// finished them, or a report before its end.  A false end starves its worker and no other.
class WorkerEnds {
 public:
  WorkerEnds(const Config& config, WorkerTable& workers, const LeaseBook& book, Orders& orders)
      : config_(config), workers_(workers), book_(book), orders_(orders) {}

  // The worker joins and says how long it will compute; nothing if it does not know.
  void noteJoined(Worker& worker, std::optional<Duration> timeLeft, Instant now);

  // Dismisses the workers whose time has come, if some may be due.  To be called after each event.
  void drainDue(Instant now);
  // When drainDue() is wanted next; nothing if no worker knows its end.
  std::optional<Instant> dueAt() const { return dueAt_; }

  void checkInvariants() const;  // Holds after each event.

 private:
  bool isExpected(const Worker& worker) const;

  const Config& config_;
  WorkerTable& workers_;
  const LeaseBook& book_;
  Orders& orders_;
  std::optional<Instant> dueAt_;
};

}  // namespace pi::scheduler
