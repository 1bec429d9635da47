// The workers that were lent a part of one job, and what each did for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/model/ids.h"
#include "common/model/worker_info.h"
#include "scheduler/core/changes.h"

namespace pi::scheduler {

// The law: counting() is the number of workers of which a tally counted, and threads() the sum of
// the most threads that each of them had.
class Contributors {
 public:
  // The worker did this, too: numbers add up, and of threads the most counts.  Beyond `max`
  // workers, new ones are not recorded.
  void add(WorkerId worker, const WorkerProfile& profile, const WorkerShare& more, std::size_t max);
  void restore(const Contributor& contributor);

  std::size_t counting() const { return counting_; }
  std::uint64_t threads() const { return threads_; }

  // The workers that are new or did something since the last call.
  std::vector<Contributor> takeChanges();

  void checkInvariants() const;

 private:
  // Names are kept until the next commit only: jobs are many.
  struct Names {
    std::string name, host;
  };

  std::map<WorkerId, WorkerShare> shares_;
  std::size_t counting_ = 0;
  std::uint64_t threads_ = 0;
  std::map<WorkerId, Names> changed_;
};

}  // namespace pi::scheduler
