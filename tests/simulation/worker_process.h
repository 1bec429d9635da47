// A worker process of a story: the real core, and threads that are played.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/core/action.h"
#include "tests/simulation/fake_pool.h"
#include "tests/simulation/lies.h"
#include "tests/simulation/network.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/random.h"
#include "worker/core/worker.h"

namespace pi::simulation {

struct World;

class WorkerProcess {
 public:
  // `index` is its place in the plan.
  WorkerProcess(World& world, std::size_t index);

  void start();

  // Handles the event now, or when the process continues after a pause.
  void feed(const worker::Event& event);

  // The scheduler's message action::Truncate has arrived.
  void truncate(const scheduler::action::Truncate& asked);

  // The scheduler has accepted it; a stranger learns that its past is of another state directory.
  void join(const worker::event::Joined& joined);

  // Faults.
  void kill();
  // Its batch job is over.  If it knew that, it has left before.
  void endBatchJob();
  void pause(Duration length);
  void slowDown(std::uint64_t timesSlower);
  void crawl(std::uint64_t samplesPerSecond);
  // It computes so many times slower then; zero if it has no device any longer.
  void loseDevice(std::uint64_t timesSlower);
  void turnLiar() { isLiar_ = true; }
  void turnCheat(Cheat cheat);
  void noteHandicap() { isHandicapped_ = true; }
  // The scheduler's state directory is lost: the next scheduler does not know this worker.
  void becomeStranger();

  std::size_t index() const { return index_; }
  // As the scheduler gave it; zero before the first join.
  WorkerId id() const { return id_; }
  void setId(WorkerId id) { id_ = id; }
  bool isAlive() const { return isAlive_; }
  bool isLiar() const { return isLiar_; }
  Cheat cheat() const { return cheat_; }
  bool isStranger() const { return isStranger_; }
  // It was stopped, slowed or cut off: it may finish nothing, and be suspected for that.
  bool isHandicapped() const { return isHandicapped_; }
  // Nothing is wrong with it, and it does not leave.
  bool isHealthy() const;
  bool isCrawler() const { return isCrawler_; }
  std::uint64_t claimedSpeed() const { return isCrawler_ ? ~std::uint64_t{0} : fullSpeed_; }
  const std::vector<LeaseTally>& history() const { return history_; }
  std::uint64_t fullSpeed() const { return fullSpeed_; }  // In samples per second.
  std::uint64_t samplesComputed() const { return pool_.samplesComputed(); }
  std::uint64_t costComputed() const { return pool_.costComputed(); }

  Link link;
  Random random;

 private:
  bool isPaused() const;
  void arm();
  void step();
  void emit(const std::vector<LeaseTally>& finished);
  void trace(const worker::Actions& actions);
  std::vector<LeaseTally> asReported(std::vector<LeaseTally> done);

  void perform(const worker::action::Connect& connect);
  void perform(const worker::action::Disconnect& disconnect);
  void perform(const worker::action::Join& join);
  void perform(const worker::action::Exchange& exchange);
  void perform(const worker::action::Report& report);
  void perform(const worker::action::Leave& leave);
  void perform(const worker::action::Compute& compute);
  void perform(const worker::action::SetLowWater& low);
  void perform(const worker::action::CutSpan& cut);
  void perform(const worker::action::DropLease& drop);
  void perform(const worker::action::StopComputing& stop);
  void perform(const worker::action::Exit& exit);

  World& world_;
  std::size_t index_;
  worker::Worker core_;
  FakePool pool_;
  std::uint64_t fullSpeed_;
  WorkerId id_{};
  bool isAlive_ = true;
  Instant pausedUntil_{};
  bool isLiar_ = false;
  Cheat cheat_ = Cheat::kNone;
  bool isCrawler_ = false;
  bool isHandicapped_ = false;
  bool isStranger_ = false;
  std::optional<Instant> armed_{};  // When the next tick comes.
  bool isStepping_ = false;
  Instant steppedAt_{};
  bool isStopping_ = false;
  bool hasDevice_ = true;
  std::uint64_t spansUnderway_ = 0;           // Computed, and not yet known to the core.
  std::map<LeaseId, std::uint64_t> drops_{};  // How often a lease of that number was dropped.
  std::uint64_t openTraced_ = 0;              // As the trace showed it last.
  std::vector<LeaseTally> history_{};         // Everything that it has reported.
};

}  // namespace pi::simulation
