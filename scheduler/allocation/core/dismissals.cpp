#include "scheduler/allocation/core/dismissals.h"

#include <algorithm>
#include <map>
#include <utility>

namespace pi::allocation {

void Dismissals::perform(Instant now) {
  std::vector<std::string> unneeded;
  std::map<std::pair<std::string, bool>, std::vector<std::string>> cancelled;
  for (auto& [name, allocation] : book_.rows()) {
    update(allocation, now);
    if (allocation.wish == Wish::kKeep) continue;
    if (allocation.stage == Stage::kPlanned) {
      unneeded.push_back(name);
    } else if (allocation.wish == Wish::kDrain) {
      if (allocation.isConnected && isDue(allocation, now)) {
        orders_.add(action::Drain{.name = name});
      }
    } else if (!allocation.id.empty() && allocation.stage != Stage::kEnding) {
      // One whose node boots is not pending any more for the batch system.
      bool isPendingOnly = allocation.wish == Wish::kGiveBack && !holdsNode(allocation.stage);
      if (isDue(allocation, now)) {
        cancelled[{allocation.system, isPendingOnly}].push_back(allocation.id);
      }
    } else if (allocation.isConnected && isDue(allocation, now)) {
      orders_.add(action::Drain{.name = name});  // Its worker can be told, at least.
    }
  }
  for (const std::string& name : unneeded) book_.erase(name);
  for (auto& [whose, ids] : cancelled) {
    orders_.add(action::Cancel{
        .system = whose.first, .ids = std::move(ids), .isPendingOnly = whose.second});
  }
}

void Dismissals::update(Allocation& allocation, Instant now) {
  if (allocation.stage != Stage::kRunning) return;
  if (allocation.wish == Wish::kGiveBack && !isAwaited(allocation)) {
    // It has started meanwhile: its worker may as well compute.
    book_.setWish(allocation, Wish::kKeep, now);
  } else if (allocation.wish == Wish::kDrain &&
             now - allocation.wishedAt >= settings_.drainTimeout) {
    orders_.warn(label(allocation) + " is ended: its worker was told to leave, and did not");
    book_.setWish(allocation, Wish::kEnd, now);
  }
}

bool Dismissals::isDue(Allocation& allocation, Instant now) const {
  bool isSoon = isHurried_ && allocation.isCancelRefused;
  Duration retry = isSoon ? settings_.cancelRetryAtStop : settings_.cancelRetry;
  if (allocation.askedAt && now - *allocation.askedAt < retry) return false;
  allocation.askedAt = now;
  allocation.isCancelRefused = false;
  return true;
}

void Dismissals::noteRefused(const std::string& system, const std::vector<std::string>& ids) {
  for (auto& [name, allocation] : book_.rows()) {
    bool isMeant =
        allocation.system == system && std::ranges::find(ids, allocation.id) != ids.end();
    if (isMeant && allocation.askedAt) allocation.isCancelRefused = true;
  }
}

}  // namespace pi::allocation
