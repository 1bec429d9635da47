// How allocations end, and which of these ends are failures of their queue.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/batch_system.h"
#include "scheduler/allocation/core/book.h"
#include "scheduler/allocation/core/ledger.h"
#include "scheduler/allocation/core/orders.h"
#include "scheduler/allocation/core/queue.h"
#include "scheduler/allocation/core/settings.h"

namespace pi::allocation {

class Endings {
 public:
  Endings(const Settings& settings, Book& book, std::vector<Queue>& queues, Ledger& ledger,
          Orders& orders)
      : settings_(settings), book_(book), queues_(queues), ledger_(ledger), orders_(orders) {}

  // The batch system says that it has ended.  The allocation is gone when this returns.
  void end(Allocation& allocation, const std::string& cause, bool hasFailed, Instant now);
  // The batch system lists it no longer: it has ended, and the cause is asked for.
  void vanish(Allocation& allocation, Instant now);
  void causeFound(const std::string& name, const std::optional<BatchStatus>& status, Instant now);
  // It was never submitted, or the batch system has refused it.
  void drop(const Allocation& allocation);

  // A submission failed, or an allocation has no worker that works.  Pauses the queue if that
  // happens too often.
  void fail(std::optional<std::size_t> queue, Queue::Failure failure, const std::string& sentence,
            Instant now);

 private:
  // An end to be judged once its cause is known.
  struct End {
    std::string label;
    std::optional<std::size_t> queue{};
    NodeTime used{};
    bool wasConnected = false;
    bool isProven = false;
    bool isWanted = false;  // It was to continue.
  };
  End close(Allocation& allocation, Instant now);
  void judge(const End& end, const std::string& cause, bool hasFailed, Instant now);

  const Settings& settings_;
  Book& book_;
  std::vector<Queue>& queues_;
  Ledger& ledger_;
  Orders& orders_;
  std::map<std::string, End> asked_;  // By name: their causes are asked for.
};

}  // namespace pi::allocation
