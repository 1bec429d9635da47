#include "tests/simulation/world.h"

#include <algorithm>

namespace pi::simulation {

World::World(const Plan& played, Trace& kept)
    : plan(played),
      trace(kept),
      judge(played.config),
      chances(played.seed, played.on, counts),
      network(*this),
      disk(*this),
      byIndex(played.workers.size()),
      scheduler(*this),
      clients(*this),
      saboteur(*this) {}

World::~World() = default;

std::vector<JobInfo> World::allJobs() const {
  std::vector<JobInfo> jobs;
  if (scheduler.core() != nullptr) jobs = scheduler.core()->jobs(now());
  for (const auto& [id, job] : judge.ended()) {
    auto isIt = [id = id](const JobInfo& other) { return other.id == id; };
    if (std::ranges::none_of(jobs, isIt)) jobs.push_back(job);
  }
  return jobs;
}

void World::startWorker(std::size_t index) {
  if (byIndex.at(index) != nullptr) return;
  workers.push_back(std::make_unique<WorkerProcess>(*this, index));
  byIndex[index] = workers.back().get();
  const worker::Config& config = plan.workers[index].config;
  if (config.lifetime > Duration::zero()) counts.add(Fault::kShortLifetime);
  if (config.deathTimeout > Duration::zero()) counts.add(Fault::kDeathTimeout);
  if (plan.workers[index].distance > Duration::zero()) counts.add(Fault::kFarWorker);
  if (plan.workers[index].killedAfter > Duration::zero()) {
    counts.add(isEndedEarly(plan.workers[index]) ? Fault::kEarlyEnd : Fault::kBatchEnd);
    timeline.after(plan.workers[index].killedAfter,
                   [worker = byIndex[index]] { worker->endBatchJob(); });
  }
  workers.back()->start();
}

}  // namespace pi::simulation
