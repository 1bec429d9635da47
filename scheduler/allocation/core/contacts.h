// Which allocations have a worker, and for how long they may be without one.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/book.h"
#include "scheduler/allocation/core/demand.h"
#include "scheduler/allocation/core/endings.h"
#include "scheduler/allocation/core/lister.h"
#include "scheduler/allocation/core/orders.h"
#include "scheduler/allocation/core/queue.h"
#include "scheduler/allocation/core/settings.h"

namespace pi::allocation {

// The law: an allocation whose worker is connected runs, whatever the batch system says.
class Contacts {
 public:
  Contacts(const Settings& settings, Book& book, std::vector<Queue>& queues, Endings& endings,
           Lister& lister, Orders& orders)
      : settings_(settings),
        book_(book),
        queues_(queues),
        endings_(endings),
        lister_(lister),
        orders_(orders) {}

  void observe(const std::vector<SeenWorker>& workers, Instant now);

  void checkInvariants() const;

 private:
  // All workers of one allocation.
  struct Seen {
    std::optional<Instant> idleSince{};
  };
  void condemn(const std::string& name, Instant now);
  void meet(Allocation& allocation, const Seen& seen, Instant now);
  void miss(Allocation& allocation, Instant now);
  void expire(Allocation& allocation, Instant now);

  const Settings& settings_;
  Book& book_;
  std::vector<Queue>& queues_;
  Endings& endings_;
  Lister& lister_;
  Orders& orders_;
};

}  // namespace pi::allocation
