// How many workers each queue should have: what is to be submitted, given back and let go.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/book.h"
#include "scheduler/allocation/core/census.h"
#include "scheduler/allocation/core/demand.h"
#include "scheduler/allocation/core/orders.h"
#include "scheduler/allocation/core/queue.h"
#include "scheduler/allocation/core/settings.h"

namespace pi::allocation {

// The law: a queue asks for no more than workersMax allocations, and for no more node time than
// nodeTimeMax, even if each of them takes its whole time limit.
class Planner {
 public:
  Planner(const Settings& settings, Book& book, std::vector<Queue>& queues, Orders& orders)
      : settings_(settings), book_(book), queues_(queues), orders_(orders) {}

  void plan(const Demand& demand, Instant now);
  // All that does not run is given back.
  void giveAllBack(Instant now);

  // Why the queue is not asked for another worker now, as a clause; empty if it may be.
  std::string whyNot(std::size_t queue, const Demand& demand, Instant now) const;

  // No more workers than this can there be at a time within the limits of the queues.
  std::size_t workersMost() const;

  void checkInvariants() const;

 private:
  void giveBack(Allocation& allocation, const std::string& why, Instant now);
  void giveSpareBack(std::size_t queue, Census& census, const Demand& demand, Instant now);
  void letGo(std::optional<std::size_t> queue, Census& census, const Demand& demand, Instant now);
  void endOverspending(Instant now);
  void submit(std::size_t queue, Census& census, const Demand& demand, Instant now);
  std::string whyNot(std::size_t queue, const QueueCount& count, const Demand& demand,
                     Instant now) const;

  const Settings& settings_;
  Book& book_;
  std::vector<Queue>& queues_;
  Orders& orders_;
};

}  // namespace pi::allocation
