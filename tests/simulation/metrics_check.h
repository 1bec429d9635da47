// Counts the metrics of the scheduler's core again, from the events and actions of one scheduler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/model/lease.h"
#include "scheduler/core/action.h"
#include "scheduler/core/counters.h"
#include "scheduler/core/event.h"
#include "scheduler/core/metrics.h"
#include "scheduler/core/scheduler.h"

namespace pi::simulation {

using scheduler::Counter;
using scheduler::kCounters;

void add(scheduler::Metrics& total, const scheduler::Metrics& more);

// Counters that actions and events tell exactly must be equal; others must be possible.
class MetricsCheck {
 public:
  // For a new scheduler, whose newest saved job is `lastJob`.
  explicit MetricsCheck(JobId lastJob) : lastJob_(lastJob) {}

  // The scheduler's process is suspended once.
  void notePause() { ++pauses_; }

  // After the core has handled the event.  The violation; empty if there is none.
  std::string check(const scheduler::Event& event, const scheduler::Actions& actions,
                    const scheduler::Scheduler& core);

 private:
  enum class Presence : std::uint8_t { kConnected, kAbsent, kQuarantined };

  void note(const scheduler::event::WorkerJoined& joined);
  void note(const scheduler::event::WorkerLost& lost);
  void note(const scheduler::event::CommitFailed&) { ++seen_.commitFailures; }
  void note(const scheduler::action::Lend& lend) { leases_ += lend.leases.size(); }
  void note(const scheduler::action::Truncate&) { ++seen_.truncationsAsked; }
  void note(const scheduler::action::ForgetWorker& forgotten);
  void note(const scheduler::action::Quarantine& quarantine);
  void note(const scheduler::action::DropTally& drop);
  void note(const scheduler::action::ConfirmTally&) { ++seen_.talliesConfirmed; }
  void note(const scheduler::action::RefuseJob&) { ++seen_.jobsRefused; }
  void note(const scheduler::action::AnnounceEnd&) { ++endsAnnounced_; }
  void note(const scheduler::action::Commit& commit);
  // These change no counter.  Each event and action is named, so that a new one does not compile
  // until someone has thought about its counters.
  void note(const scheduler::event::WorkerLeft&) {}
  void note(const scheduler::event::Exchanged&) {}
  void note(const scheduler::event::Reported&) {}
  void note(const scheduler::event::LeaseTruncated&) {}
  void note(const scheduler::event::Recomputed&) {}  // noteVerdict() looks at its actions.
  void note(const scheduler::event::JobSubmitted&) {}
  void note(const scheduler::event::JobExtended&) {}
  void note(const scheduler::event::JobReprioritized&) {}
  void note(const scheduler::event::JobCancelled&) {}
  void note(const scheduler::event::WorkersDismissed&) {}
  void note(const scheduler::event::Committed&) {}
  void note(const scheduler::event::CommitWanted&) {}
  void note(const scheduler::event::Tick&) {}
  void note(const scheduler::action::Welcome&) {}
  void note(const scheduler::action::Drain&) {}
  void note(const scheduler::action::ReleaseWorker&) {}
  void note(const scheduler::action::AcceptJob&) {}
  void note(const scheduler::action::AcceptExtension&) {}
  void note(const scheduler::action::Recompute&) {}

  void noteVerdict(const scheduler::Actions& actions);
  std::string firstDifference(const scheduler::Metrics& core) const;
  std::string impossibility(const scheduler::Event& event, const scheduler::Scheduler& core) const;

  JobId lastJob_;                           // Before this scheduler started.
  std::map<WorkerId, Presence> workers_{};  // Those in the core's table.
  scheduler::Metrics seen_{};               // The counters that can be counted exactly.
  std::uint64_t leases_ = 0;                // Lent for the first time or again.
  std::uint64_t tallies_ = 0;               // Taken by the core: counted, repeated or dropped.
  std::uint64_t failures_ = 0;              // Workers in quarantine because of failures.
  std::uint64_t endsAnnounced_ = 0;
  std::uint64_t pauses_ = 0;
  scheduler::Metrics before_{};  // The core's, before the event.
};

}  // namespace pi::simulation
