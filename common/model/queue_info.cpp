#include "common/model/queue_info.h"

#include "common/base/printable.h"
#include "common/base/quantity.h"

namespace pi {
namespace {

constexpr std::size_t kLongest = 512;  // In bytes; RPC takes a text of twice as many.

}  // namespace

std::string awaitedText(const std::vector<QueueInfo>& queues) {
  if (queues.empty()) return "";
  std::uint64_t pending = 0;
  std::uint64_t running = 0;
  std::string reason;
  std::string whyNot;
  for (const QueueInfo& queue : queues) {
    pending += queue.pending;
    running += queue.running;
    if (reason.empty()) reason = queue.pendingReason;
    if (whyNot.empty() && !queue.whyNotMore.empty()) {
      whyNot = shortened(queue.name) + ": " + queue.whyNotMore;
    }
  }
  std::string text;
  if (pending > 0) {
    text = countText(pending, "allocation") + (pending == 1 ? " is" : " are") + " pending";
    if (!reason.empty()) text += " (" + reason + ")";
  } else if (running > 0) {
    text = countText(running, "allocation") + (running == 1 ? " runs" : " run") +
           ", and the worker is not connected yet";
  } else {
    text = whyNot.empty() ? "one is asked for" : whyNot;
  }
  return std::string(frontOf(printable(text), kLongest));
}

}  // namespace pi
