// A disk as the simulation plays it: it has exactly the changes that were committed.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "scheduler/core/changes.h"
#include "tests/simulation/random.h"

namespace pi::simulation {

class FakeStore {
 public:
  void apply(const scheduler::Changes& changes, Instant now);

  // The state that the next scheduler starts with; its incarnation is `own`.
  scheduler::Saved open(Instant now, const scheduler::Incarnation& own);

  // An unfinished job gets a point whose samples or hits are more than those of its last one.
  void spoilPoints(Random& random);
  // The jobs with such points.
  std::set<JobId> spoiled() const;

 private:
  struct Job {
    scheduler::JobRecord record;
    Instant submittedAt;
    std::map<std::uint64_t, scheduler::Fragment> fragments;  // By begin.
    std::map<WorkerId, scheduler::Contributor> contributors;
    std::map<std::uint32_t, ConvergencePoint> points;  // By number.
    bool isSpoiled = false;
  };
  std::map<JobId, Job> jobs_;
  JobId lastJob_{};
  std::uint64_t opened_ = 0;
  std::map<std::uint64_t, scheduler::Incarnation> incarnations_;
};

}  // namespace pi::simulation
