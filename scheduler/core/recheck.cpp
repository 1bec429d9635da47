#include "scheduler/core/recheck.h"

#include <algorithm>
#include <set>

#include "common/base/check.h"

namespace pi::scheduler {

bool Recheck::has(WorkerId worker) const {
  return std::ranges::find(doubts_, worker, &Doubt::worker) != doubts_.end();
}

void Recheck::add(const Doubt& doubt) {
  PI_CHECK(!has(doubt.worker));
  doubts_.push_back(doubt);
  if (doubts_.size() == 1) recomputeNext();
}

std::optional<Doubt> Recheck::settle(const event::Recomputed& recomputed) {
  if (doubts_.empty()) return std::nullopt;
  Doubt settled = doubts_.front();
  if (settled.tally.job != recomputed.job || settled.tally.tally.range != recomputed.range) {
    return std::nullopt;
  }
  doubts_.pop_front();
  if (!doubts_.empty()) recomputeNext();
  return settled;
}

void Recheck::recomputeNext() {
  const Doubt& next = doubts_.front();
  orders_.add(action::Recompute{
      .job = next.tally.job, .stream = next.stream, .range = next.tally.tally.range});
}

void Recheck::checkInvariants() const {
  std::set<WorkerId> workers;
  for (const Doubt& doubt : doubts_) PI_CHECK(workers.insert(doubt.worker).second);
}

}  // namespace pi::scheduler
