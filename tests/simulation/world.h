// The parts of one story.  Each part has one job, and reaches the others through this.
#pragma once

#include <memory>
#include <vector>

#include "tests/simulation/chances.h"
#include "tests/simulation/clients.h"
#include "tests/simulation/counts.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/judge.h"
#include "tests/simulation/network.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/saboteur.h"
#include "tests/simulation/scheduler_process.h"
#include "tests/simulation/timeline.h"
#include "tests/simulation/trace.h"
#include "tests/simulation/worker_process.h"

namespace pi::simulation {

struct World {
  World(const Plan& plan, Trace& trace);
  World(const World&) = delete;
  ~World();

  Instant now() const { return timeline.now(); }

  // Starts the worker with that index in the plan; does nothing if it was started before.
  void startWorker(std::size_t index);
  // The worker with that index in the plan; null if it was not started.
  WorkerProcess* workerAt(std::size_t index) { return byIndex.at(index); }

  // The jobs that the scheduler has, and those that it has forgotten since they ended.
  std::vector<JobInfo> allJobs() const;

  Plan plan;
  Trace& trace;
  Counts counts;
  Timeline timeline;
  Judge judge;
  Chances chances;
  Network network;
  Disk disk;
  std::vector<std::unique_ptr<WorkerProcess>> workers;  // In the order in which they started.
  std::vector<WorkerProcess*> byIndex;
  SchedulerProcess scheduler;
  Clients clients;
  Saboteur saboteur;
};

}  // namespace pi::simulation
