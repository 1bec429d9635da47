// Workers that were lost and did not come back: people look for them in the list of workers.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "common/base/clock.h"
#include "common/model/worker_info.h"

namespace pi::scheduler {

class LostWorkers {
 public:
  // The worker's connection is lost; it may still come back.
  void noteLost(WorkerInfo worker, Instant now);
  // It is back, or it has left in order.
  void noteBack(WorkerId worker);
  // It is waited for no longer.  False, and nothing happens, if it was not lost.
  bool noteForgotten(WorkerId worker);

  // Those that are forgotten, for kLostShown; at most kLostWorkersMax, the latest ones.
  std::vector<WorkerInfo> list(Instant now) const;

 private:
  struct Lost {
    WorkerInfo worker;
    Instant at;
  };
  std::map<WorkerId, Lost> awaited_;
  std::deque<Lost> lost_;  // In the order in which they were forgotten.
};

}  // namespace pi::scheduler
