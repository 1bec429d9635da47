#include "scheduler/core/contributors.h"

#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {

void Contributors::add(WorkerId worker, std::uint32_t threads, std::size_t max) {
  auto known = threadsOf_.find(worker);
  if (known == threadsOf_.end()) {
    if (threadsOf_.size() >= max) return;
    known = threadsOf_.emplace(worker, 0).first;
  }
  if (threads <= known->second) return;
  threads_ += threads - known->second;
  known->second = threads;
  changed_.insert(worker);
}

void Contributors::restore(const Contributor& contributor) {
  PI_CHECK(threadsOf_.emplace(contributor.worker, contributor.threads).second);
  threads_ += contributor.threads;
}

std::vector<Contributor> Contributors::takeChanges() {
  std::vector<Contributor> changes;
  for (WorkerId worker : std::exchange(changed_, {})) {
    changes.push_back({.worker = worker, .threads = threadsOf_.at(worker)});
  }
  return changes;
}

void Contributors::checkInvariants() const {
  std::uint64_t sum = 0;
  for (const auto& [worker, threads] : threadsOf_) sum += threads;
  PI_CHECK(sum == threads_);
}

}  // namespace pi::scheduler
