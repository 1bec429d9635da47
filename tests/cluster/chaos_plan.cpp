#include "tests/cluster/chaos_plan.h"

#include <algorithm>
#include <random>

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

constexpr double kLast = 0.9;  // The share of the job after which no fault begins.

class PlanDraw {
 public:
  explicit PlanDraw(std::uint64_t seed) : random_(seed) {}

  void spread(Fault fault, std::uint64_t count, Milliseconds shortest, Milliseconds longest) {
    for (std::uint64_t i = 0; i < count; ++i) {
      double slot = (static_cast<double>(i) + share()) / static_cast<double>(count);
      plan_.push_back({.at = kLast * slot,
                       .fault = fault,
                       .length = between(shortest, longest),
                       .choice = static_cast<std::uint32_t>(random_() >> 32)});
    }
  }

  std::vector<PlannedFault> sorted() {
    std::stable_sort(plan_.begin(), plan_.end(),
                     [](const PlannedFault& a, const PlannedFault& b) { return a.at < b.at; });
    return plan_;
  }

 private:
  // The distributions of the standard library give other numbers with another library.
  double share() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  Milliseconds between(Milliseconds low, Milliseconds high) {
    auto span = static_cast<std::uint64_t>((high - low).count()) + 1;
    return low + Milliseconds(static_cast<Milliseconds::rep>(random_() % span));
  }

  std::mt19937_64 random_;
  std::vector<PlannedFault> plan_;
};

}  // namespace

std::string_view nameOf(Fault fault) {
  switch (fault) {
    case Fault::kKillScheduler:
      return "scheduler killed (-9) and restarted";
    case Fault::kEndScheduler:
      return "scheduler ended (TERM) and restarted";
    case Fault::kSuspendScheduler:
      return "scheduler suspended and resumed";
    case Fault::kKillWorker:
      return "workers killed (-9)";
    case Fault::kSuspendWorker:
      return "workers suspended and resumed";
    case Fault::kDrainWorker:
      return "workers drained (by five signals)";
    case Fault::kAddWorker:
      return "workers joined";
  }
  return "";
}

std::vector<PlannedFault> drawPlan(std::uint64_t seed, Milliseconds duration) {
  auto minutes =
      static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::minutes>(duration).count());
  PlanDraw draw(seed);
  draw.spread(Fault::kKillScheduler, std::max<std::uint64_t>(20, 10 * minutes), 0ms, 800ms);
  draw.spread(Fault::kEndScheduler, 2 * minutes, 0ms, 800ms);
  draw.spread(Fault::kSuspendScheduler, 2 * minutes, 200ms, 3s);
  draw.spread(Fault::kKillWorker, 6 * minutes, 0ms, 0ms);
  draw.spread(Fault::kSuspendWorker, 5 * minutes, 200ms, 5s);
  draw.spread(Fault::kSuspendWorker, minutes, 16s, 20s);  // Longer than every timeout.
  draw.spread(Fault::kDrainWorker, 6 * minutes, 0ms, 0ms);
  draw.spread(Fault::kAddWorker, 14 * minutes, 0ms, 0ms);
  return draw.sorted();
}

}  // namespace pi::cluster
