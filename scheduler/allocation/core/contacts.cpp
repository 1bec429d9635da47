#include "scheduler/allocation/core/contacts.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "common/base/check.h"
#include "common/base/quantity.h"
#include "scheduler/allocation/core/node_time.h"

namespace pi::allocation {

void Contacts::observe(const std::vector<SeenWorker>& workers, Instant now) {
  std::map<std::string_view, Seen> seen;
  for (const SeenWorker& worker : workers) {
    if (!book_.isOurs(worker.allocation)) continue;
    if (worker.isQuarantined) {
      condemn(worker.allocation, now);
      continue;
    }
    auto [entry, isNew] = seen.try_emplace(worker.allocation, Seen{worker.idleSince});
    if (isNew) continue;
    // It is idle while all of its workers are.
    auto& idle = entry->second.idleSince;
    idle =
        idle && worker.idleSince ? std::optional(std::max(*idle, *worker.idleSince)) : std::nullopt;
  }
  for (const auto& [name, worker] : seen) {
    Allocation* allocation = book_.find(name);
    if (allocation == nullptr) {
      allocation = &book_.adoptStray(std::string(name), "", Stage::kRunning, now);
      orders_.warn(label(*allocation) + " is not known any more, and is ended");
      book_.setWish(*allocation, Wish::kEnd, now);
    }
    meet(*allocation, worker, now);
  }
  std::vector<std::string> gone;
  for (auto& [name, allocation] : book_.rows()) {
    if (!seen.contains(name) && allocation.isConnected) miss(allocation, now);
    // Only its worker knew of it.
    if (!allocation.isConnected && allocation.system.empty()) gone.push_back(name);
    expire(allocation, now);
  }
  for (const std::string& name : gone) book_.erase(name);
}

// A worker in quarantine is of no use, wherever it is now.
void Contacts::condemn(const std::string& name, Instant now) {
  Allocation* allocation = book_.find(name);
  if (allocation == nullptr || allocation->wish == Wish::kEnd) return;
  book_.setWish(*allocation, Wish::kEnd, now);
  endings_.fail(allocation->queue, Queue::Failure::kStart,
                "the worker of " + label(*allocation) + " is in quarantine", now);
}

void Contacts::meet(Allocation& allocation, const Seen& seen, Instant now) {
  if (!holdsNode(allocation.stage)) book_.setStage(allocation, Stage::kRunning, now);
  charge(allocation, Ran::kPerhaps, now, settings_);
  if (now - allocation.chargeSavedAt >= settings_.chargeSavePeriod) book_.touch(allocation);
  if (!allocation.isConnected) {
    allocation.isConnected = allocation.wasConnected = true;
    book_.setHalt(allocation, Halt::kNone, now);
    allocation.contactAt = now;
    allocation.misses = 0;
    allocation.startsAt.reset();
    allocation.reason.clear();
  }
  allocation.idleSince = seen.idleSince;
  if (!allocation.isProven && now - allocation.contactAt >= settings_.provenAfter) {
    allocation.isProven = true;
    if (allocation.queue) queues_[*allocation.queue].noteProven();
  }
}

void Contacts::miss(Allocation& allocation, Instant now) {
  allocation.isConnected = false;
  allocation.contactAt = now;
  allocation.idleSince.reset();
  lister_.hurry(allocation.system);
}

void Contacts::expire(Allocation& allocation, Instant now) {
  if (allocation.stage != Stage::kRunning || allocation.wish == Wish::kEnd) return;
  if (allocation.halt != Halt::kNone) return;  // Its worker cannot speak.
  // Since it was seen to run: it may have been charged for more.
  bool isOvertime = now - allocation.since > allocation.timeLimit + settings_.overtimeMax;
  if (allocation.queue && isOvertime) {
    orders_.warn(label(allocation) + " is ended: it runs beyond its time limit of " +
                 durationText(allocation.timeLimit));
    book_.setWish(allocation, Wish::kEnd, now);
    return;
  }
  Instant since = std::max(allocation.since, allocation.contactAt);
  if (allocation.isConnected || now - since < settings_.connectTimeout) return;
  std::string what = label(allocation) + " runs, but its worker " +
                     (allocation.wasConnected ? "was lost and did not come back within "
                                              : "did not connect within ") +
                     durationText(settings_.connectTimeout);
  bool isFailure = !allocation.wasConnected && allocation.wish == Wish::kKeep;
  book_.setWish(allocation, Wish::kEnd, now);
  if (isFailure) {
    endings_.fail(
        allocation.queue, Queue::Failure::kStart,
        what + ": can its node reach this scheduler? pi-worker --check there says why not", now);
  } else {
    orders_.warn(what + "; it is ended");
  }
}

void Contacts::checkInvariants() const {
  for (const auto& [name, allocation] : book_.rows()) {
    PI_CHECK((!allocation.isConnected || holdsNode(allocation.stage)));
    PI_CHECK((!allocation.idleSince || allocation.isConnected));
  }
}

}  // namespace pi::allocation
