#include "tests/simulation/allocation/story.h"

#include <functional>

#include "tests/simulation/allocation/host.h"

namespace pi::simulation {
namespace {

using namespace std::chrono_literals;

class Story {
 public:
  Story(std::uint64_t seed, bool isTraced)
      : weather_(drawWeather(seed)),
        world_(seed, weather_, timeline_),
        judge_(world_),
        host_(seed, world_, judge_, isTraced),
        random_(seed, Random::Purpose::kClients) {}

  AllocationOutcome play() {
    tick();
    playUntil(weather_.storm);
    // An owner repairs what paused the queues.  There is more work than can be done.
    for (std::size_t i = 0; i < weather_.queues.size(); ++i) {
      host_.handle(allocation::event::QueueResumed{i});
    }
    work_ = Work::kEndless;
    playUntil(weather_.storm + 30min);
    judge_.beginCounting();
    playUntil(weather_.storm + 1h);
    judge_.checkWorkersCame(host_.provisioner(), timeline_.now());
    work_ = Work::kNone;
    playUntil(weather_.storm + 90min);
    judge_.beginCounting();
    playUntil(weather_.storm + 2h);
    judge_.checkWorkersWent(host_.provisioner(), timeline_.now());
    work_ = Work::kEndless;
    playUntil(weather_.storm + 2h + random_.upTo(10min));
    host_.handle(allocation::event::Stopping{});
    playUntil(timeline_.now() - Instant{} + 3min);
    judge_.checkStopped(host_.provisioner());
    AllocationOutcome outcome{.wrong = judge_.wrong(), .counts = judge_.counts()};
    for (std::size_t i = 0; i < kMishaps; ++i) {
      outcome.counts.mishaps[i] = world_.count(static_cast<Mishap>(i));
    }
    return outcome;
  }

 private:
  enum class Work { kJobs, kEndless, kNone };

  void playUntil(Duration time) {
    bool isOver = false;
    timeline_.at(Instant{} + time, [&isOver] { isOver = true; });
    while (!isOver && judge_.wrong().empty()) timeline_.step();
  }

  // Every few seconds: time passes in the world, and the scheduler looks.
  void tick() {
    world_.startPending();
    if (work_ == Work::kEndless) world_.setWork(1000h);
    if (work_ == Work::kNone) world_.setWork(0s);
    // A job of some seconds up to a day comes every ten minutes or so.
    if (work_ == Work::kJobs && random_.chance(0.006)) {
      world_.setWork(1s + random_.upTo(random_.chance(0.5) ? 10min : 24h));
    }
    if (work_ == Work::kJobs && random_.chance(0.003)) world_.setWork(0s);  // It is cancelled.
    if (work_ == Work::kJobs && random_.chance(0.003)) world_.setAwaited(random_.below(10));
    if (work_ != Work::kJobs) world_.setAwaited(0);
    if (world_.strikes(Mishap::kCrash)) host_.crash();
    if (world_.strikes(Mishap::kStop)) host_.stopAndStart();
    if (work_ == Work::kJobs && random_.chance(0.0005)) {
      host_.handle(allocation::event::QueuePaused{0, "the owner wants it"});
    } else if (random_.chance(0.005)) {
      host_.handle(allocation::event::QueueResumed{0});
    }
    host_.observe();
    judge_.checkLimits();
    timeline_.after(1s + random_.upTo(6s), [this] { tick(); });
  }

  const Weather weather_;
  Timeline timeline_;
  BatchWorld world_;
  AllocationJudge judge_;
  Host host_;
  Random random_;
  Work work_ = Work::kJobs;
};

}  // namespace

AllocationOutcome playAllocations(std::uint64_t seed, bool isTraced) {
  return Story(seed, isTraced).play();
}

}  // namespace pi::simulation
