// The scheduler's process of a story: the real core, which starts, stops, crashes, and starts
// again.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "scheduler/core/scheduler.h"
#include "tests/simulation/history_check.h"
#include "tests/simulation/judge.h"
#include "tests/simulation/metrics_check.h"
#include "tests/simulation/random.h"
#include "tests/simulation/scheduler_state.h"
#include "worker/core/action.h"

namespace pi::simulation {

struct World;
class WorkerProcess;

// How many leases ended, by LeaseOutcome.
using LeaseEnds = std::array<std::uint64_t, kLeaseOutcomes>;

class SchedulerProcess {
 public:
  explicit SchedulerProcess(World& world);

  void start();

  // Handles the event now, or when the process continues after a pause.  Lost while it is down.
  void feed(const scheduler::Event& event);

  // Faults; each does nothing while the scheduler is down.  `downtime` is the time until the next
  // scheduler starts.
  void crash(Duration downtime);
  void pause(Duration length);
  // The next scheduler starts with an empty state directory.
  void loseState(Duration downtime);
  // The next scheduler starts with an older copy of the state directory.
  void restoreState(Duration downtime);
  // It commits everything, then exits; kWithWorkers: after it has let its workers drain.  False if
  // it cannot begin now.
  enum class Stopping : std::uint8_t { kNo, kAlone, kWithWorkers };
  bool stop(Stopping how, Duration downtime);
  void cancelNewestJob();
  void reprioritizeNewestJob(std::int32_t priority);

  // Null while it is down.
  const scheduler::Scheduler* core() const { return core_.get(); }
  bool isOpen() const { return core_ != nullptr && stopping_ == Stopping::kNo; }
  bool isStopping() const { return stopping_ != Stopping::kNo; }
  // A scheduler that stops lets no worker in, and does not listen to those it leaves behind.
  bool accepts(const scheduler::Event& event) const;
  Instant busyUntil() const { return busyUntil_; }
  // Counts up with each start and each end: what was put off for an older life must not happen.
  std::uint64_t life() const { return life_; }

  // The event that its shell makes of a worker's Join: it names a new worker, and checks tickets.
  scheduler::event::WorkerJoined admit(WorkerProcess& worker, const worker::action::Join& join);
  const Tickets& tickets() const { return tickets_; }

  std::uint64_t crashes() const { return crashes_; }
  std::uint64_t stops() const { return stops_; }
  // Summed over all schedulers of the story.
  scheduler::Metrics metrics() const;
  // How the leases of the schedulers ended, by LeaseOutcome.
  LeaseEnds leaseEnds() const;

 private:
  void end(Duration downtime);
  void forgetUnlisted(const std::map<std::uint64_t, scheduler::Incarnation>& listed);
  void endWhenReady();
  void arm();
  void checkThatItFits(WorkerId lentTo);
  void crashAtGoal();
  void trace(const scheduler::Actions& actions);

  void perform(const scheduler::action::Welcome& welcome);
  void perform(const scheduler::action::Lend& lend);
  void perform(const scheduler::action::Truncate& truncate);
  void perform(const scheduler::action::Drain& drain);
  void perform(const scheduler::action::ForgetWorker& forgotten);
  void perform(const scheduler::action::ReleaseWorker& released);
  void perform(const scheduler::action::Quarantine& quarantine);
  void perform(const scheduler::action::AcceptJob& accepted);
  void perform(const scheduler::action::AcceptExtension& accepted);
  void perform(const scheduler::action::RefuseJob& refused);
  void perform(const scheduler::action::AnnounceEnd& end);
  void perform(const scheduler::action::Commit& commit);
  void perform(const scheduler::action::DropTally& dropped);
  void perform(const scheduler::action::Recompute& wanted);
  void perform(const scheduler::action::ConfirmTally& confirmed);

  World& world_;
  Random random_;
  std::unique_ptr<scheduler::Scheduler> core_;
  std::uint64_t life_ = 0;
  std::optional<Instant> armed_;  // When the next tick comes.
  Instant busyUntil_{};
  Stopping stopping_ = Stopping::kNo;
  Duration downtime_{};  // After the stop that is under way.
  std::uint64_t epoch_ = 0;
  // By epoch, as the last scheduler knew them.
  std::map<std::uint64_t, scheduler::Incarnation> incarnations_;
  std::uint64_t workersNamed_ = 0;  // In this epoch.
  Tickets tickets_;
  std::optional<MetricsCheck> metrics_;
  SchedulerState state_;              // As it was traced last.
  scheduler::Metrics metricsBefore_;  // Summed over the schedulers before this one.
  LeaseEnds leaseEndsBefore_{};
  HistoryCheck history_;
  std::uint64_t crashes_ = 0;
  std::uint64_t stops_ = 0;
};

}  // namespace pi::simulation
