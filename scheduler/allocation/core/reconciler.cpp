#include "scheduler/allocation/core/reconciler.h"

#include <map>
#include <string_view>
#include <utility>

#include "common/base/check.h"
#include "scheduler/allocation/core/node_time.h"

namespace pi::allocation {

bool Reconciler::apply(const event::Listed& listed, Instant begunAt, Instant now) {
  Look look{.system = listed.system, .calendar = listed.calendar, .begunAt = begunAt, .now = now};
  std::map<std::string_view, const BatchStatus*> statuses;
  for (const BatchStatus& status : listed.statuses) {
    if (!book_.isOurs(status.name)) continue;
    // If two have one name, the one that is not over counts.
    auto [entry, isNew] = statuses.try_emplace(status.name, &status);
    if (!isNew && entry->second->state == BatchState::kEnded) entry->second = &status;
  }
  std::vector<std::string> names;
  for (const auto& [name, allocation] : book_.rows()) {
    if (allocation.system == look.system || statuses.contains(name)) names.push_back(name);
  }
  bool hasNews = false;
  for (const std::string& name : names) {
    Allocation& allocation = *book_.find(name);
    auto status = statuses.find(name);
    hasNews |=
        status == statuses.end() ? miss(allocation, look) : see(allocation, *status->second, look);
    if (status != statuses.end()) statuses.erase(status);
  }
  for (const auto& [name, status] : statuses) {
    if (status->state == BatchState::kEnded) continue;
    Allocation& stray = book_.adoptStray(std::string(name), look.system, Stage::kPending, look.now);
    see(stray, *status, look);
    orders_.warn(label(stray) + " is not known any more, and is ended");
    book_.setWish(stray, Wish::kEnd, look.now);
    hasNews = true;
  }
  return hasNews;
}

bool Reconciler::see(Allocation& allocation, const BatchStatus& status, const Look& look) {
  if (allocation.stage == Stage::kPlanned) return false;  // Another program took its name.
  allocation.misses = 0;
  allocation.system = look.system;
  if (allocation.id != status.id) {
    allocation.id = status.id;
    book_.touch(allocation);
  }
  switch (status.state) {
    case BatchState::kPending:
      return seePending(allocation, status, look);
    case BatchState::kRunning:
      return seeRunning(allocation, status, look);
    case BatchState::kEnding: {
      charge(allocation, Ran::kPerhaps, look.now, settings_);
      bool isNews = allocation.stage != Stage::kEnding;
      book_.setStage(allocation, Stage::kEnding, look.now);
      return isNews;
    }
    case BatchState::kEnded:
      if (allocation.isConnected) return true;  // Its worker knows better.
      endings_.end(allocation, status.reason, status.hasFailed, look.now);
      return true;
    case BatchState::kUnknown:
      if (!holdsNode(allocation.stage)) allocation.reason = status.reason;
      return false;
  }
  PI_CHECK(false);
  return false;
}

bool Reconciler::seePending(Allocation& allocation, const BatchStatus& status, const Look& look) {
  if (allocation.isConnected) return false;  // Its worker knows better.
  bool hasRun = holdsNode(allocation.stage);
  charge(allocation, hasRun ? Ran::kPerhaps : Ran::kNo, look.begunAt, settings_);
  bool isNews = allocation.stage != Stage::kPending || allocation.reason != status.reason;
  if (hasRun) {
    endRun(allocation);
    orders_.tell(label(allocation) + " is pending again: " + status.reason);
  }
  book_.setStage(allocation, Stage::kPending, look.now);
  allocation.reason = status.reason;
  allocation.startsAt.reset();
  if (status.estimatedStart) {
    allocation.startsAt = look.now + (*status.estimatedStart - look.calendar);
  }
  return isNews;
}

bool Reconciler::seeRunning(Allocation& allocation, const BatchStatus& status, const Look& look) {
  charge(allocation, Ran::kPerhaps, look.now, settings_);
  if (look.now - allocation.chargeSavedAt >= settings_.chargeSavePeriod) book_.touch(allocation);
  bool hasCome = allocation.isConnected && status.halt == Halt::kBooting;
  Halt halt = hasCome ? Halt::kNone : status.halt;  // Its worker knows better.
  if (allocation.stage == Stage::kRunning && allocation.halt == halt) return false;
  orders_.tell(label(allocation) +
               (halt == Halt::kNone ? " runs" : " has a node, and cannot work: " + status.reason));
  book_.setStage(allocation, Stage::kRunning, look.now);
  book_.setHalt(allocation, halt, look.now);
  if (!allocation.isConnected) allocation.contactAt = look.now;
  allocation.startsAt.reset();
  allocation.reason = halt == Halt::kNone ? "" : status.reason;
  return true;
}

bool Reconciler::miss(Allocation& allocation, const Look& look) {
  if (allocation.isConnected) return false;  // Its worker knows better.
  switch (allocation.stage) {
    case Stage::kPlanned:
    case Stage::kSubmitting:
      return false;
    case Stage::kUnclear:
      if (look.begunAt < allocation.since + settings_.unclearGrace) return false;
      orders_.tell(allocation.name + " was not submitted");
      endings_.drop(allocation);
      return true;
    case Stage::kPending:
    case Stage::kRunning:
    case Stage::kEnding:
      break;
  }
  if (look.begunAt <= allocation.since) return false;  // It is newer than the listing.
  if (++allocation.misses < settings_.missesMax) return true;
  endings_.vanish(allocation, look.now);
  return true;
}

}  // namespace pi::allocation
