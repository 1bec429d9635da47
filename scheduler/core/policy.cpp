#include "scheduler/core/policy.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/model/sample_range.h"

namespace pi::scheduler {

std::uint64_t costIn(double seconds, std::uint64_t speed) {
  double cost = seconds * static_cast<double>(speed);
  return cost >= static_cast<double>(kSamplesEnd) ? kSamplesEnd : static_cast<std::uint64_t>(cost);
}

LeasePolicy forRoundTrip(const LeasePolicy& policy, Duration roundTrip) {
  constexpr int kRoundTrips = 4;  // Less than a quarter of a lease is left when one is asked for.
  return {.target = std::max(policy.target, kRoundTrips * roundTrip),
          .minimum = std::max(policy.minimum, roundTrip)};
}

std::uint64_t trustedCost(const TrustPolicy& policy, std::uint64_t counted) {
  std::uint64_t grown = std::min(counted, kSamplesEnd / kTrustGrowth) * kTrustGrowth;
  return std::max(policy.firstCost, grown);
}

std::uint64_t trustedSpeed(const TrustPolicy& policy, std::uint64_t trustedCost) {
  double speed = static_cast<double>(trustedCost) / seconds(policy.target);
  return static_cast<std::uint64_t>(std::clamp(speed, 1.0, static_cast<double>(kSpeedMax)));
}

std::uint64_t leaseCost(const LeasePolicy& policy, std::uint64_t workerSpeed,
                        std::uint64_t clusterSpeed, std::uint64_t openCost) {
  PI_CHECK(workerSpeed > 0);
  PI_CHECK(workerSpeed <= clusterSpeed);
  double share = static_cast<double>(workerSpeed) / static_cast<double>(clusterSpeed);
  auto half = static_cast<std::uint64_t>(static_cast<double>(openCost) * share / 2);
  std::uint64_t most = costIn(seconds(policy.target), workerSpeed);
  std::uint64_t least = std::min(most, costIn(seconds(policy.minimum), workerSpeed));
  return std::clamp<std::uint64_t>(half, std::max<std::uint64_t>(least, 1),
                                   std::max<std::uint64_t>(most, 1));
}

bool Interruption::decide(double backlogSeconds, std::uint64_t speed) {
  if (isEnough()) return false;
  --job_.share;
  usefulCost_ += costIn(seconds(leaseTarget_), speed);
  return backlogSeconds >= seconds(soon_);
}

std::vector<Move> chooseMoves(std::vector<Load> busy, std::span<const Load> waiting,
                              Duration gainMin) {
  std::vector<Move> moves;
  std::sort(busy.begin(), busy.end(), [](const Load& a, const Load& b) {
    return std::pair(a.backlogSeconds, a.worker) < std::pair(b.backlogSeconds, b.worker);
  });
  for (const Load& idle : waiting) {
    if (busy.empty()) break;
    auto slow = busy.end() - 1;
    if (slow->worker == idle.worker) {
      if (slow == busy.begin()) continue;
      --slow;
    }
    auto slowSpeed = static_cast<double>(slow->speeds[indexOf(slow->kind)]);
    auto idleSpeed = static_cast<double>(idle.speeds[indexOf(slow->kind)]);
    // Moving a cost of c ends both together: slow - c / slowSpeed = idle + c / idleSpeed.
    double surplus = slow->backlogSeconds - idle.backlogSeconds;
    double gained = surplus * slowSpeed / (slowSpeed + idleSpeed);  // In the idle worker's time.
    gained = std::min(gained, idle.secondsLeft - idle.backlogSeconds);
    if (gained < seconds(gainMin)) continue;
    moves.push_back({.from = slow->worker,
                     .cost = costIn(gained, idle.speeds[indexOf(slow->kind)]),
                     .to = idle.worker});
    busy.erase(slow);
  }
  return moves;
}

}  // namespace pi::scheduler
