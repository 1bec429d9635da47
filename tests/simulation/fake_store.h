// A disk as the simulation plays it: it has what was committed, and nothing else.
#pragma once

#include <cstdint>
#include <map>

#include "scheduler/core/changes.h"

namespace pi::simulation {

class FakeStore {
 public:
  void apply(const scheduler::Changes& changes, Instant now);

  // What the next scheduler begins with.
  scheduler::Saved open(Instant now);

 private:
  struct Job {
    scheduler::JobRecord record;
    Instant submittedAt;
    std::map<std::uint64_t, scheduler::Fragment> fragments;  // By begin.
    std::map<WorkerId, std::uint32_t> contributors;
  };
  std::map<JobId, Job> jobs_;
  JobId lastJob_{};
  std::uint64_t opened_ = 0;
};

}  // namespace pi::simulation
