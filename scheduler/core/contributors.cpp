#include "scheduler/core/contributors.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace pi::scheduler {

void Contributors::add(WorkerId worker, const WorkerProfile& profile, const WorkerShare& more,
                       std::size_t max) {
  auto known = shares_.find(worker);
  if (known == shares_.end()) {
    if (shares_.size() >= max) return;
    known = shares_.emplace(worker, WorkerShare{}).first;
  }
  WorkerShare& share = known->second;
  std::uint32_t threads = std::max(share.threads, more.threads);
  counting_ += share.threads == 0 && threads > 0;
  threads_ += threads - share.threads;
  share.threads = threads;
  share.leases += more.leases;
  share.secondLeases += more.secondLeases;
  share.samplesDropped += more.samplesDropped;
  share.samplesConfirmed += more.samplesConfirmed;
  share.disproved += more.disproved;
  auto [change, isNew] = changed_.try_emplace(worker);
  if (isNew) change->second = {.name = profile.name, .host = profile.host};
}

void Contributors::restore(const Contributor& contributor) {
  PI_CHECK(shares_.emplace(contributor.worker, contributor.share).second);
  counting_ += contributor.share.threads > 0;
  threads_ += contributor.share.threads;
}

std::vector<Contributor> Contributors::takeChanges() {
  std::vector<Contributor> changes;
  for (auto& [worker, names] : std::exchange(changed_, {})) {
    changes.push_back({.worker = worker,
                       .name = std::move(names.name),
                       .host = std::move(names.host),
                       .share = shares_.at(worker)});
  }
  return changes;
}

void Contributors::checkInvariants() const {
  std::size_t counting = 0;
  std::uint64_t threads = 0;
  for (const auto& [worker, share] : shares_) {
    counting += share.threads > 0;
    threads += share.threads;
    PI_CHECK(share.secondLeases <= share.leases);
  }
  PI_CHECK(counting == counting_);
  PI_CHECK(threads == threads_);
}

}  // namespace pi::scheduler
