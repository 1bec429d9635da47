#include "client/awaited_workers.h"

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/queue_info.h"

namespace pi::client {
namespace {

// Why the first queue that does not ask for a worker does not; empty if all may ask.
std::string whyNotMore(const SchedulerInfo& scheduler) {
  for (const QueueInfo& queue : scheduler.queues) {
    if (!queue.whyNotMore.empty()) return shortened(queue.name) + ": " + queue.whyNotMore;
  }
  return "";
}

std::string othersText(const SchedulerInfo& scheduler) {
  std::uint64_t pending = 0;
  std::uint64_t running = 0;
  for (const QueueInfo& queue : scheduler.queues) {
    pending += queue.pending;
    running += queue.running;
  }
  if (pending > 0) return awaitedText(scheduler.queues);
  if (running > scheduler.workers) {
    return countText(running, "allocation") + (running == 1 ? " runs" : " run") + ", and " +
           countText(running - scheduler.workers, "worker") + " of " +
           (running == 1 ? "it" : "them") + " did not connect yet";
  }
  std::string why = whyNotMore(scheduler);
  return why.empty() ? "the scheduler asks for others" : why;
}

}  // namespace

std::string countOf(std::uint64_t present, std::uint64_t wanted) {
  return countText(present) + " of " + countText(wanted, "worker");
}

std::string waitingText(const SchedulerInfo& scheduler, std::uint64_t wanted) {
  std::string text = countOf(scheduler.workers, wanted) + " are there";
  if (scheduler.queues.empty()) return text;
  return text + "; " + printable(othersText(scheduler));
}

}  // namespace pi::client
