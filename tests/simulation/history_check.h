// Compares what the scheduler's core remembers of the past with what it has counted.
#pragma once

#include <map>
#include <set>
#include <string>

#include "scheduler/core/scheduler.h"

namespace pi::simulation {

class Judge;

// It uses only what the core shows to others.
class HistoryCheck {
 public:
  explicit HistoryCheck(const scheduler::Config& config);

  // After an event.  The violation; empty if there is none.
  std::string check(const scheduler::Scheduler& core, Instant now) const;

  // A job's end is announced: its points lead to its result.
  void checkEnd(const JobInfo& ended, const scheduler::Scheduler& core, Instant now, Judge& judge);

  // A scheduler has started with what was saved: it has the points that were saved, and those of
  // each job whose end was announced.  The points of the spoiled jobs need not lead to what is
  // counted.
  std::string checkStart(const scheduler::Saved& saved, const std::set<JobId>& spoiled,
                         const scheduler::Scheduler& core, Instant now);
  // The state directory is lost, or replaced by an older copy.
  void forgetEnds() { ends_.clear(); }

 private:
  std::string checkJob(const JobInfo& job, const scheduler::Scheduler& core,
                       const scheduler::Counted& inRecords) const;

  std::string checkPoints(const scheduler::SavedJob& saved, const scheduler::Scheduler& core,
                          Instant now) const;

  bool isWhole_;                            // No point is dropped because it has no room.
  std::map<JobId, ConvergencePoint> ends_;  // The last point of each announced end.
  std::set<JobId> spoiled_;
};

}  // namespace pi::simulation
