// The part of a scheduler's state that a trace shows, and how it changes from event to event.
#pragma once

#include <map>
#include <string>

#include "scheduler/core/scheduler.h"

namespace pi::simulation {

class SchedulerState {
 public:
  // The changes since the last call, such as "job 1: 100 -> 200 counted; worker 0.1: 1 -> 2
  // leases"; empty if nothing changed.
  std::string changes(const scheduler::Scheduler& core, Instant now);

 private:
  struct Job {
    JobState state{};
    std::uint64_t counted = 0;
  };
  struct Worker {
    WorkerState state{};
    std::uint64_t leases = 0;
  };
  std::map<JobId, Job> jobs_;
  std::map<WorkerId, Worker> workers_;
};

}  // namespace pi::simulation
