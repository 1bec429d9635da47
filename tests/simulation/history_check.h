// Compares what the scheduler's core remembers of the past with what it has counted.
#pragma once

#include <map>
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
  // each job whose end was announced.
  std::string checkStart(const scheduler::Saved& saved, const scheduler::Scheduler& core,
                         Instant now) const;
  // The state directory is lost, or replaced by an older copy.
  void forgetEnds() { ends_.clear(); }

 private:
  std::string checkJob(const JobInfo& job, const scheduler::Scheduler& core,
                       const scheduler::Counted& inRecords) const;

  bool isWhole_;                            // No point is dropped because it has no room.
  std::map<JobId, ConvergencePoint> ends_;  // The last point of each announced end.
};

}  // namespace pi::simulation
