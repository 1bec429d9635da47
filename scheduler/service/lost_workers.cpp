#include "scheduler/service/lost_workers.h"

#include <utility>

#include "scheduler/limits.h"

namespace pi::scheduler {

void LostWorkers::noteLost(WorkerInfo worker, Instant now) {
  WorkerId id = worker.id;
  // It was heard until now, or that long ago.
  Instant heardAt = now - worker.sinceHeard;
  awaited_.insert_or_assign(id, Lost{.worker = std::move(worker), .at = heardAt});
}

void LostWorkers::noteBack(WorkerId worker) {
  awaited_.erase(worker);
  std::erase_if(lost_, [worker](const Lost& lost) { return lost.worker.id == worker; });
}

bool LostWorkers::noteForgotten(WorkerId worker) {
  auto found = awaited_.find(worker);
  if (found == awaited_.end()) return false;
  Lost lost = std::move(found->second);
  awaited_.erase(found);
  lost.worker.state = WorkerState::kLost;
  lost.worker.leases = 0;
  lost.worker.timeLeft.reset();
  lost.worker.samplesPerSecond = 0;
  lost_.push_back(std::move(lost));
  if (lost_.size() > kLostWorkersMax) lost_.pop_front();
  return true;
}

std::vector<WorkerInfo> LostWorkers::list(Instant now) const {
  std::vector<WorkerInfo> workers;
  for (const Lost& lost : lost_) {
    if (now - lost.at >= kLostShown) continue;
    workers.push_back(lost.worker);
    workers.back().sinceHeard = now - lost.at;
  }
  return workers;
}

}  // namespace pi::scheduler
