// Joins, losses and other news of workers, for the plot of the throughput.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "common/model/worker_info.h"
#include "scheduler/core/worker_history.h"

namespace pi::scheduler::live {

struct Mark {
  std::uint64_t number = 0;  // Counts from 1.
  Instant at;
  std::string_view kind;  // "joined", "left", "lost", "draining", "quarantined", "returned".
  std::string text;       // "n1 joined", "n1 and 11 others joined"
};

// One mark for all workers to which the same happened between two ticks.  At most kMarksMax are
// remembered.
class Marks {
 public:
  // Looks at the histories of all workers; about once a second.
  void tick(const WorkerHistory& history, std::span<const WorkerInfo> workers, Instant now);
  const std::deque<Mark>& all() const { return marks_; }

 private:
  std::deque<Mark> marks_;
  std::uint64_t lastNumber_ = 0;
  Instant seenUntil_{};
};

}  // namespace pi::scheduler::live
