// Compares what a batch system lists with what is known.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/batch_system.h"
#include "scheduler/allocation/core/book.h"
#include "scheduler/allocation/core/endings.h"
#include "scheduler/allocation/core/event.h"
#include "scheduler/allocation/core/orders.h"
#include "scheduler/allocation/core/settings.h"

namespace pi::allocation {

// The law: after a listing, each allocation of ours that it shows alive is known.
class Reconciler {
 public:
  Reconciler(const Settings& settings, Book& book, Endings& endings, Orders& orders)
      : settings_(settings), book_(book), endings_(endings), orders_(orders) {}

  // The listing began at `begunAt`.  Returns true if it brings news.
  bool apply(const event::Listed& listed, Instant begunAt, Instant now);

 private:
  // One listing.
  struct Look {
    std::string system;
    WallTime calendar{};
    Instant begunAt{};
    Instant now{};
  };
  // They return true for news.  The allocation may be gone then.
  bool see(Allocation& allocation, const BatchStatus& status, const Look& look);
  bool seePending(Allocation& allocation, const BatchStatus& status, const Look& look);
  bool seeRunning(Allocation& allocation, const BatchStatus& status, const Look& look);
  bool miss(Allocation& allocation, const Look& look);

  const Settings& settings_;
  Book& book_;
  Endings& endings_;
  Orders& orders_;
};

}  // namespace pi::allocation
