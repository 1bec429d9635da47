// The workers that computed a part of one job.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "common/model/ids.h"
#include "scheduler/core/changes.h"

namespace pi::scheduler {

// The law: threads() is the sum over all contributors of the most threads that each had.
class Contributors {
 public:
  // The worker contributed with that many threads.  Beyond `max` contributors, new ones are not
  // recorded.
  void add(WorkerId worker, std::uint32_t threads, std::size_t max);
  void restore(const Contributor& contributor);

  std::size_t count() const { return threadsOf_.size(); }
  std::uint64_t threads() const { return threads_; }

  // The contributors that are new or have more threads since the last call.
  std::vector<Contributor> takeChanges();

  void checkInvariants() const;

 private:
  std::map<WorkerId, std::uint32_t> threadsOf_;
  std::uint64_t threads_ = 0;
  std::set<WorkerId> changed_;
};

}  // namespace pi::scheduler
