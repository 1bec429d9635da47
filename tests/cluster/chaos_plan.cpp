#include "tests/cluster/chaos_plan.h"

#include <algorithm>
#include <random>

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

constexpr double kLast = 0.9;  // Of the job; the rest is time for the last deeds.

class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : random_(seed) {}

  void spread(Deed deed, std::uint64_t count, Milliseconds shortest, Milliseconds longest) {
    for (std::uint64_t i = 0; i < count; ++i) {
      double slot = (static_cast<double>(i) + share()) / static_cast<double>(count);
      plan_.push_back({.at = kLast * slot,
                       .deed = deed,
                       .length = between(shortest, longest),
                       .choice = static_cast<std::uint32_t>(random_() >> 32)});
    }
  }

  std::vector<Planned> sorted() {
    std::stable_sort(plan_.begin(), plan_.end(),
                     [](const Planned& a, const Planned& b) { return a.at < b.at; });
    return plan_;
  }

 private:
  // The standard's distributions differ from library to library; these do not.
  double share() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  Milliseconds between(Milliseconds low, Milliseconds high) {
    auto span = static_cast<std::uint64_t>((high - low).count()) + 1;
    return low + Milliseconds(static_cast<Milliseconds::rep>(random_() % span));
  }

  std::mt19937_64 random_;
  std::vector<Planned> plan_;
};

}  // namespace

std::string_view nameOf(Deed deed) {
  switch (deed) {
    case Deed::kKillScheduler:
      return "scheduler killed (-9) and restarted";
    case Deed::kEndScheduler:
      return "scheduler ended (TERM) and restarted";
    case Deed::kStopScheduler:
      return "scheduler stopped and continued";
    case Deed::kKillWorker:
      return "workers killed (-9)";
    case Deed::kStopWorker:
      return "workers stopped and continued";
    case Deed::kDrainWorker:
      return "workers drained (by five signals)";
    case Deed::kAddWorker:
      return "workers joined";
  }
  return "";
}

std::vector<Planned> drawPlan(std::uint64_t seed, Milliseconds duration) {
  auto minutes =
      static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::minutes>(duration).count());
  Drawing drawing(seed);
  drawing.spread(Deed::kKillScheduler, std::max<std::uint64_t>(20, 10 * minutes), 0ms, 800ms);
  drawing.spread(Deed::kEndScheduler, 2 * minutes, 0ms, 800ms);
  drawing.spread(Deed::kStopScheduler, 2 * minutes, 200ms, 3s);
  drawing.spread(Deed::kKillWorker, 6 * minutes, 0ms, 0ms);
  drawing.spread(Deed::kStopWorker, 5 * minutes, 200ms, 5s);
  drawing.spread(Deed::kStopWorker, minutes, 16s, 20s);  // Past every deadline.
  drawing.spread(Deed::kDrainWorker, 6 * minutes, 0ms, 0ms);
  drawing.spread(Deed::kAddWorker, 14 * minutes, 0ms, 0ms);
  return drawing.sorted();
}

}  // namespace pi::cluster
