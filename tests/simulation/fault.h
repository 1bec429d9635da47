// Everything that can go wrong in a story, in one table.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pi::simulation {

enum class Fault : std::uint8_t {
  kBreakConnection,
  kBreakAllConnections,
  kCutCable,
  kKillWorker,
  kPauseWorker,
  kSlowWorker,
  kCrawlWorker,
  kLoseDevice,
  kStartWorker,
  kDrainWorker,
  kTurnLiar,
  kTurnCheat,
  kCrashScheduler,
  kPauseScheduler,
  kStopScheduler,
  kDismissWorkers,
  kLoseState,
  kRestoreState,
  kFillDisk,
  kCancelJob,
  kChangePriority,
  kLieImpossible,
  kLieBeyondJob,
  kLieUnknownLease,
  kLieStolenLease,
  kLieLongLease,
  kRefuseConnection,
  kMuteListener,
  kLoseAnswer,
  kReplayTally,
  kLieAgain,
  kClaimLease,
  kSpoilPoints,
  kShortLifetime,
  kDeathTimeout,
  kFarWorker,
  kBatchEnd,
  kEarlyEnd,
  kCrashAtGoal,
};

// How a kind of fault is drawn.
enum class FaultClass : std::uint8_t {
  kWorker,   // At a planned time, to a planned worker; `rate` is its weight among planned faults.
  kCluster,  // The same, but to the scheduler or to all.
  kLie,      // When a liar lies; `rate` is its weight among the lies.
  kChance,   // At every occasion until the faults end; `rate` is its probability.
  kTrait,    // Once for each worker, in the plan; `rate` is its probability.
};

struct FaultKind {
  Fault fault;
  FaultClass drawn;
  double rate;
  std::string_view name;
  std::string_view effect;

  constexpr bool isPlanned() const {
    return drawn == FaultClass::kWorker || drawn == FaultClass::kCluster;
  }
};

// In the order of the enum.  To add a kind: a line here, and a case in saboteur.cpp (kWorker,
// kCluster) or lies.cpp (kLie), a call of Chances::strikes (kChance), or a draw in plan.cpp
// (kTrait).
inline constexpr auto kFaultKinds = std::to_array<FaultKind>({
    {Fault::kBreakConnection, FaultClass::kWorker, 120, "break-connection",
     "the worker's connection breaks; both ends notice within 50 ms"},
    {Fault::kBreakAllConnections, FaultClass::kCluster, 60, "break-all-connections",
     "all connections break at once, and all workers reconnect together"},
    {Fault::kCutCable, FaultClass::kWorker, 60, "cut-cable",
     "all messages of the worker's connection are lost; then TCP gives up and it breaks"},
    {Fault::kKillWorker, FaultClass::kWorker, 60, "kill-worker",
     "kill -9: the worker is gone, and so is all that it has not reported"},
    {Fault::kPauseWorker, FaultClass::kWorker, 60, "pause-worker",
     "SIGSTOP: the worker does nothing for a while, or for so long that it never comes back"},
    {Fault::kSlowWorker, FaultClass::kWorker, 60, "slow-worker",
     "the worker computes slower, at most 40 times"},
    {Fault::kCrawlWorker, FaultClass::kWorker, 60, "crawl-worker",
     "the worker hardly computes, claims to be fast, and never answers a truncation"},
    {Fault::kLoseDevice, FaultClass::kWorker, 30, "lose-device",
     "the worker loses its GPU: what this had begun is begun again, slower; or no device is left"},
    {Fault::kStartWorker, FaultClass::kCluster, 60, "start-worker", "a new worker starts"},
    {Fault::kDrainWorker, FaultClass::kWorker, 60, "drain-worker",
     "the worker is asked to finish what is in hand and to leave"},
    {Fault::kTurnLiar, FaultClass::kWorker, 60, "turn-liar",
     "the worker lies now, and may lie again from now on"},
    {Fault::kTurnCheat, FaultClass::kWorker, 40, "turn-cheat",
     "from now on the worker reports no hits, or only hits, or 80 % of its samples as hits"},
    {Fault::kCrashScheduler, FaultClass::kCluster, 60, "crash-scheduler",
     "the scheduler dies; a new one starts later with what was committed"},
    {Fault::kPauseScheduler, FaultClass::kCluster, 20, "pause-scheduler",
     "the scheduler handles nothing for a while; messages wait"},
    {Fault::kStopScheduler, FaultClass::kCluster, 30, "stop-scheduler",
     "the scheduler commits everything, exits, and is started again"},
    {Fault::kDismissWorkers, FaultClass::kCluster, 10, "dismiss-workers",
     "the scheduler stops as above, after it has let its workers drain; one new worker starts"},
    {Fault::kLoseState, FaultClass::kCluster, 6, "lose-state",
     "the scheduler dies, and its state directory is lost"},
    {Fault::kRestoreState, FaultClass::kCluster, 6, "restore-state",
     "the scheduler dies, and its state directory is replaced by an older copy"},
    {Fault::kFillDisk, FaultClass::kCluster, 20, "fill-disk",
     "the disk is full for a while; commits fail and are tried again"},
    {Fault::kCancelJob, FaultClass::kCluster, 4, "cancel-job", "the newest job is cancelled"},
    {Fault::kChangePriority, FaultClass::kCluster, 20, "change-priority",
     "a client gives the newest job another priority"},
    {Fault::kLieImpossible, FaultClass::kLie, 1, "lie-impossible",
     "a tally has more hits than samples"},
    {Fault::kLieBeyondJob, FaultClass::kLie, 1, "lie-beyond-job",
     "a tally has samples that the job does not have"},
    {Fault::kLieUnknownLease, FaultClass::kLie, 1, "lie-unknown-lease",
     "a tally is for a lease that was never lent"},
    {Fault::kLieStolenLease, FaultClass::kLie, 1, "lie-stolen-lease",
     "a tally is for a lease of another worker"},
    {Fault::kLieLongLease, FaultClass::kLie, 1, "lie-long-lease",
     "a tally begins at the end of the worker's newest lease"},
    {Fault::kRefuseConnection, FaultClass::kChance, 0.2, "refuse-connection",
     "a connect fails although the scheduler is there"},
    {Fault::kMuteListener, FaultClass::kChance, 0.05, "mute-listener",
     "a connect reaches a process that accepts it and then says nothing"},
    {Fault::kLoseAnswer, FaultClass::kChance, 0.2, "lose-answer",
     "a client does not get the id of its job, and asks again"},
    {Fault::kReplayTally, FaultClass::kChance, 0.02, "replay-tally",
     "a worker reports an old tally again"},
    {Fault::kLieAgain, FaultClass::kChance, 0.1, "lie-again", "a liar adds a lie to a report"},
    {Fault::kClaimLease, FaultClass::kChance, 1, "claim-lease",
     "a liar that joins claims to hold and to have computed another worker's lease"},
    {Fault::kSpoilPoints, FaultClass::kChance, 0.2, "spoil-points",
     "a scheduler starts, and a job's saved points do not lead to what is counted of it"},
    {Fault::kShortLifetime, FaultClass::kTrait, 0.1, "short-lifetime",
     "the worker drains by itself after at most 20 s"},
    {Fault::kDeathTimeout, FaultClass::kTrait, 0.3, "death-timeout",
     "the worker exits after 0.5 s to 60.5 s without a scheduler"},
    {Fault::kFarWorker, FaultClass::kTrait, 0.1, "far-worker",
     "every message from and to the worker takes up to 0.2 s longer"},
    {Fault::kBatchEnd, FaultClass::kTrait, 0.1, "batch-end",
     "the worker's batch job ends after at most 20 s, as the worker knows, and kills what is left"},
    {Fault::kEarlyEnd, FaultClass::kTrait, 0.05, "early-end",
     "the batch system kills the worker earlier than it said"},
    {Fault::kCrashAtGoal, FaultClass::kChance, 0.1, "crash-at-goal",
     "the scheduler dies when a job has just got a new goal, before or after its next commit"},
});
inline constexpr std::size_t kFaultCount = kFaultKinds.size();

constexpr bool isInEnumOrder() {
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    if (static_cast<std::size_t>(kFaultKinds[i].fault) != i) return false;
  }
  return true;
}
static_assert(isInEnumOrder());

// Whether an enumerator has this value.  For other values g++ and clang print "(Fault)30".
template <Fault value>
constexpr bool isFault() {
  std::string_view function = __PRETTY_FUNCTION__;
  return function[function.rfind("value = ") + std::string_view("value = ").size()] != '(';
}
static_assert(isFault<kFaultKinds.back().fault>());
static_assert(!isFault<static_cast<Fault>(kFaultCount)>(), "a kind of fault has no line");

constexpr const FaultKind& kindOf(Fault fault) {
  return kFaultKinds[static_cast<std::size_t>(fault)];
}

// Nothing if no kind has that name.
constexpr std::optional<Fault> faultNamed(std::string_view name) {
  for (const FaultKind& kind : kFaultKinds) {
    if (kind.name == name) return kind.fault;
  }
  return std::nullopt;
}

class FaultSet {
 public:
  static FaultSet all() {
    FaultSet set;
    set.bits_.set();
    return set;
  }
  bool has(Fault fault) const { return bits_[static_cast<std::size_t>(fault)]; }
  FaultSet& add(Fault fault) { return bits_.set(static_cast<std::size_t>(fault)), *this; }
  FaultSet& remove(Fault fault) { return bits_.reset(static_cast<std::size_t>(fault)), *this; }

 private:
  std::bitset<kFaultCount> bits_;
};

}  // namespace pi::simulation
