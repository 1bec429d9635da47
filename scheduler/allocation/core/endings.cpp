#include "scheduler/allocation/core/endings.h"

#include <utility>

#include "common/base/printable.h"
#include "scheduler/allocation/core/limits.h"
#include "scheduler/allocation/core/node_time.h"

namespace pi::allocation {

void Endings::end(Allocation& allocation, const std::string& cause, bool hasFailed, Instant now) {
  judge(close(allocation, now), cause, hasFailed, now);
}

void Endings::vanish(Allocation& allocation, Instant now) {
  std::string name = allocation.name;
  std::string system = allocation.system;
  std::string id = allocation.id;
  End end = close(allocation, now);
  if (id.empty()) {
    judge(end, "unknown", false, now);
    return;
  }
  asked_.insert_or_assign(name, std::move(end));
  orders_.add(action::AskCause{.system = system, .name = name, .id = id});
}

void Endings::causeFound(const std::string& name, const std::optional<BatchStatus>& status,
                         Instant now) {
  auto found = asked_.find(name);
  if (found == asked_.end()) return;
  End end = std::move(found->second);
  asked_.erase(found);
  bool isKnown = status && !status->reason.empty();
  judge(end, isKnown ? status->reason : "unknown", status && status->hasFailed, now);
}

void Endings::drop(const Allocation& allocation) { book_.erase(std::string(allocation.name)); }

Endings::End Endings::close(Allocation& allocation, Instant now) {
  charge(allocation, Ran::kPerhaps, now, settings_);
  End end{.label = label(allocation),
          .queue = allocation.queue,
          .used = allocation.used,
          .wasConnected = allocation.wasConnected,
          .isProven = allocation.isProven,
          .isWanted = allocation.wish == Wish::kKeep};
  ledger_.spend(allocation);
  book_.erase(std::string(allocation.name));
  return end;
}

void Endings::judge(const End& end, const std::string& cause, bool hasFailed, Instant now) {
  std::string because(frontOf(printable(cause), kBatchTextBytesMax));
  orders_.tell(end.label + " has ended: " + because + "; it took " + nodeTimeText(end.used));
  if (!end.isWanted || end.isProven || (end.wasConnected && !hasFailed)) return;
  fail(end.queue, Queue::Failure::kStart,
       end.label + " ended " + (end.wasConnected ? "soon after" : "before") +
           " its worker connected: " + because,
       now);
}

void Endings::fail(std::optional<std::size_t> queue, Queue::Failure failure,
                   const std::string& sentence, Instant now) {
  if (!queue) return;
  Queue& failed = queues_[*queue];
  if (!failed.noteFailure(failure, sentence, now, settings_)) {
    orders_.warn(failed.name() + ": " + sentence);
    return;
  }
  ledger_.touch(failed);
  orders_.warn(failed.name() + " is paused: " + sentence + "; when that is repaired, run: " +
               "pi-scheduler elastic resume " + std::to_string(*queue + 1));
}

}  // namespace pi::allocation
