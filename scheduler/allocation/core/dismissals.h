// Carries out wishes: tells workers to leave, and has allocations cancelled, until they are gone.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/book.h"
#include "scheduler/allocation/core/orders.h"
#include "scheduler/allocation/core/settings.h"

namespace pi::allocation {

// The law: an allocation whose worker may have come is cancelled only if it is to end in any case.
class Dismissals {
 public:
  Dismissals(const Settings& settings, Book& book, Orders& orders)
      : settings_(settings), book_(book), orders_(orders) {}

  void perform(Instant now);
  // The batch system did not take the order to cancel these.
  void noteRefused(const std::string& system, const std::vector<std::string>& ids);
  // The scheduler stops: an order that was not taken is soon given again.
  void hurry() { isHurried_ = true; }

 private:
  // Whether the allocation is to be told its wish now.
  bool isDue(Allocation& allocation, Instant now) const;
  void update(Allocation& allocation, Instant now);

  const Settings& settings_;
  Book& book_;
  Orders& orders_;
  bool isHurried_ = false;
};

}  // namespace pi::allocation
