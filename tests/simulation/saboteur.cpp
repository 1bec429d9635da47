#include "tests/simulation/saboteur.h"

#include <algorithm>
#include <string>

#include "common/base/check.h"
#include "tests/simulation/lies.h"
#include "tests/simulation/world.h"

namespace pi::simulation {
namespace {

constexpr Duration kReplacementMax = std::chrono::seconds(10);

}  // namespace

void Saboteur::start() {
  if (world_.plan.calmAt == Duration::zero()) return;
  for (std::size_t i = 0; i < world_.plan.faults.size(); ++i) {
    if (world_.plan.faults[i].isOff) continue;
    world_.timeline.after(world_.plan.faults[i].at, [this, i] { strike(i); });
  }
  world_.timeline.after(world_.plan.calmAt, [this] { endFaults(); });
}

void Saboteur::strike(std::size_t index) {
  const PlannedFault& planned = world_.plan.faults[index];
  world_.counts.add(planned.fault);
  if (world_.trace.isOn()) {
    world_.trace.add(world_.now(), "fault " + std::to_string(index + 1), describe(planned));
  }
  // The fault that would have started the target may be off: then any other worker does, since
  // faults of the class kCluster do not look at it.
  WorkerProcess* target = world_.workerAt(planned.worker);
  bool isForWorker = kindOf(planned.fault).drawn == FaultClass::kWorker;
  if (isForWorker && target == nullptr) return;
  if (target == nullptr) target = world_.workers.front().get();
  strike(planned, *target, Random(world_.plan.seed, Random::Purpose::kPlannedFault, index));
}

void Saboteur::strike(const PlannedFault& planned, WorkerProcess& target, Random random) {
  SchedulerProcess& scheduler = world_.scheduler;
  switch (planned.fault) {
    case Fault::kBreakConnection:
      return world_.network.breakConnection(target);
    case Fault::kBreakAllConnections:
      for (const auto& worker : world_.workers) world_.network.breakConnection(*worker);
      return;
    case Fault::kCutCable:
      return cutCable(target, planned.length);
    case Fault::kKillWorker:
      return target.kill();
    case Fault::kPauseWorker:
      return target.pause(planned.length);
    case Fault::kSlowWorker:
      return target.slowDown(planned.amount);
    case Fault::kCrawlWorker:
      return target.crawl(planned.amount);
    case Fault::kLoseDevice:
      return target.loseDevice(planned.amount);
    case Fault::kStartWorker:
      return world_.startWorker(planned.worker);
    case Fault::kDrainWorker:
      return target.feed(worker::event::DrainAsked{});
    case Fault::kTurnLiar:
      target.turnLiar();
      return tellLie(world_, target, random);
    case Fault::kTurnCheat:
      return target.turnCheat(static_cast<Cheat>(planned.amount));
    case Fault::kCrashScheduler:
      return scheduler.crash(planned.length);
    case Fault::kPauseScheduler:
      return scheduler.pause(planned.length);
    case Fault::kStopScheduler:
      scheduler.stop(SchedulerProcess::Stopping::kAlone, planned.length);
      return;
    case Fault::kDismissWorkers:
      return dismissWorkers(planned, random);
    case Fault::kLoseState:
      return scheduler.loseState(planned.length);
    case Fault::kRestoreState:
      return scheduler.restoreState(planned.length);
    case Fault::kFillDisk:
      return world_.disk.fill(planned.length);
    case Fault::kCancelJob:
      return scheduler.cancelNewestJob();
    case Fault::kChangePriority:
      return scheduler.reprioritizeNewestJob(static_cast<std::int32_t>(random.below(3)) - 1);
    case Fault::kLieImpossible:
    case Fault::kLieBeyondJob:
    case Fault::kLieUnknownLease:
    case Fault::kLieStolenLease:
    case Fault::kLieLongLease:
    case Fault::kRefuseConnection:
    case Fault::kMuteListener:
    case Fault::kLoseAnswer:
    case Fault::kReplayTally:
    case Fault::kLieAgain:
    case Fault::kClaimLease:
    case Fault::kSpoilPoints:
    case Fault::kShortLifetime:
    case Fault::kDeathTimeout:
    case Fault::kFarWorker:
    case Fault::kBatchEnd:
    case Fault::kEarlyEnd:
    case Fault::kCrashAtGoal:
      PI_CHECK(kindOf(planned.fault).isPlanned());
  }
}

// Both ends notice when TCP gives up.
void Saboteur::cutCable(WorkerProcess& target, Duration length) {
  target.noteHandicap();
  world_.network.mute(target);
  world_.timeline.after(length, [this, &target] { world_.network.breakConnection(target); });
}

void Saboteur::dismissWorkers(const PlannedFault& planned, Random random) {
  if (!world_.scheduler.stop(SchedulerProcess::Stopping::kWithWorkers, planned.length)) return;
  world_.timeline.after(random.upTo(kReplacementMax),
                        [this, worker = planned.worker] { world_.startWorker(worker); });
}

void Saboteur::endFaults() {
  if (world_.trace.isOn()) world_.trace.add(world_.now(), "faults", "are over");
  world_.chances.end();
  world_.disk.makeRoom();
  for (const auto& worker : world_.workers) {
    if (worker->link.isMuted) world_.network.breakConnection(*worker);
  }
  world_.startWorker(world_.plan.workers.size() - 1);
  double seconds = 0;
  for (auto [threadsMax, samples] : world_.clients.samplesLeft()) {
    seconds += samples / healthySpeed(threadsMax);
  }
  secondsLeftAtCalm_ = seconds;
}

// The speed of the workers for a job with this limit of threads.
double Saboteur::healthySpeed(std::uint32_t threadsMax) const {
  double all = 0, fastest = 0;
  for (const auto& worker : world_.workers) {
    if (!worker->isHealthy()) continue;
    all += static_cast<double>(worker->fullSpeed());
    fastest = std::max(fastest, limitedSpeed(world_.plan.workers[worker->index()], threadsMax));
  }
  // A worker keeps its seats unless another one is four times as fast.
  return threadsMax == 0 ? all : fastest / 4;
}

}  // namespace pi::simulation
