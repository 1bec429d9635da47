#include "tests/simulation/allocation/weather.h"

#include "common/base/check.h"

namespace pi::simulation {
namespace {

using namespace std::chrono_literals;

struct Kind {
  Mishap mishap;
  std::string_view name;
  double rate;  // In the stormiest story; for each occasion.
};
constexpr std::array<Kind, kMishaps> kKinds{{
    {Mishap::kRefuse, "refuse", 0.2},
    {Mishap::kUnreachable, "unreachable", 0.3},
    {Mishap::kUnclearDone, "unclear-done", 0.3},
    {Mishap::kUnclearNotDone, "unclear-not-done", 0.3},
    {Mishap::kListFails, "list-fails", 0.3},
    {Mishap::kListSlow, "list-slow", 0.2},
    {Mishap::kHide, "hide", 0.1},
    {Mishap::kCallEnded, "call-ended", 0.02},
    {Mishap::kCallPending, "call-pending", 0.05},
    {Mishap::kUnknownState, "unknown-state", 0.1},
    {Mishap::kWrongStart, "wrong-start", 0.5},
    {Mishap::kTwice, "twice", 0.1},
    {Mishap::kCancelFails, "cancel-fails", 0.3},
    {Mishap::kCancelIgnored, "cancel-ignored", 0.3},
    {Mishap::kNoCause, "no-cause", 0.5},
    {Mishap::kNeverStarts, "never-starts", 0.2},
    {Mishap::kDiesEarly, "dies-early", 0.3},
    {Mishap::kNoContact, "no-contact", 0.2},
    {Mishap::kSlowBoot, "slow-boot", 0.3},
    {Mishap::kSuspend, "suspend", 0.3},
    {Mishap::kWorkerDies, "worker-dies", 0.5},
    {Mishap::kWorkerHangs, "worker-hangs", 0.2},
    {Mishap::kDeaf, "deaf", 0.3},
    {Mishap::kOvertime, "overtime", 0.3},
    {Mishap::kRequeue, "requeue", 0.2},
    {Mishap::kQuarantine, "quarantine", 0.1},
    {Mishap::kAdminCancels, "admin-cancels", 0.1},
    {Mishap::kCrash, "crash", 0.003},
    {Mishap::kOtherLimit, "other-limit", 0.5},
    {Mishap::kStop, "stop", 0.003},
    {Mishap::kSlowDisk, "slow-disk", 0.2},
}};

}  // namespace

std::string_view name(Mishap mishap) {
  for (const Kind& kind : kKinds) {
    if (kind.mishap == mishap) return kind.name;
  }
  PI_CHECK(false);
  return "";
}

Weather drawWeather(std::uint64_t seed) {
  Random random(seed, Random::Purpose::kPlan);
  Weather weather;
  // Half of all kinds of mishaps are absent, and the others are rare or frequent.
  constexpr std::array kStrengths{0.0, 0.0, 0.3, 1.0};
  for (const Kind& kind : kKinds) {
    weather.rates[static_cast<std::size_t>(kind.mishap)] =
        kind.rate * kStrengths[random.below(kStrengths.size())];
  }
  weather.storm = 1h + random.upTo(3h);
  weather.slowness = 100ms + random.upTo(random.chance(0.3) ? 25s : 2s);
  weather.startsIn = 1s + random.upTo(random.chance(0.3) ? 30min : 2min);
  weather.nodes = 1 + random.below(12);
  std::uint64_t queues = 1 + random.below(2);
  for (std::uint64_t i = 0; i < queues; ++i) {
    allocation::QueueOptions queue{.system = random.chance(0.8) ? "slurm" : "local",
                                   .arguments = {"--partition=p" + std::to_string(i)},
                                   .workersMax = 1 + random.below(8),
                                   .workerTimeLimit = 5min + random.upTo(1h),
                                   .workerIdleTimeout = 10s + random.upTo(5min),
                                   .backlog = 1 + random.below(4),
                                   .minWork = 1s + random.upTo(10min)};
    if (random.chance(0.3)) queue.workersMin = random.below(queue.workersMax + 1);
    if (random.chance(0.4)) {
      queue.nodeTimeMax = std::chrono::ceil<allocation::NodeTime>(
          queue.workerTimeLimit * static_cast<std::int64_t>(1 + random.below(10)));
    }
    weather.queues.push_back(queue);
  }
  return weather;
}

}  // namespace pi::simulation
