#include "scheduler/allocation/core/node_time.h"

#include <algorithm>
#include <cmath>

namespace pi::allocation {
namespace {

NodeTime roundedUp(Duration duration) { return std::chrono::ceil<NodeTime>(duration); }

}  // namespace

void charge(Allocation& allocation, Ran ran, Instant until, const Settings& settings) {
  Duration gap = until - allocation.chargedUntil;
  if (gap <= Duration::zero()) return;
  allocation.chargedUntil = until;
  if (ran == Ran::kNo) return;
  NodeTime time = roundedUp(gap);
  if (gap > settings.observedGapMax) time = std::min(time, reserved(allocation));
  allocation.used += time;
  // Batch systems do not count this time against the time limit.
  if (allocation.halt == Halt::kNone) allocation.run += time;
}

void endRun(Allocation& allocation) { allocation.run = NodeTime::zero(); }

NodeTime reserved(const Allocation& allocation) {
  return std::max(NodeTime::zero(), roundedUp(allocation.timeLimit) - allocation.run);
}

std::string nodeTimeText(NodeTime time) {
  // Two digits after the point, rounded up.
  auto hundredths = static_cast<std::int64_t>(
      std::ceil(static_cast<double>(time.count()) / (3'600'000.0 / 100.0)));
  std::string digits = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + "." + (digits.size() < 2 ? "0" : "") + digits +
         " node-hours";
}

}  // namespace pi::allocation
