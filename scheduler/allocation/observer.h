// Turns the scheduler's jobs and workers into what the provisioner sees.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/block.h"
#include "common/model/job.h"
#include "common/model/worker_info.h"
#include "scheduler/allocation/core/event.h"

namespace pi::allocation {

class Observer {
 public:
  // `prefix`: that of the names of the provisioner's allocations.
  Observer(const BlockRule& rule, std::string prefix);

  // The connected workers that no allocation of the provisioner started, as they say.
  std::size_t othersAmong(const std::vector<WorkerInfo>& workers) const;

  // Jobs that are over do not matter.  To be called about once a second: a worker is idle since the
  // first of these calls from which on it neither held a lease nor had work counted.
  event::Observed observe(const std::vector<JobInfo>& jobs, const std::vector<WorkerInfo>& workers,
                          Instant now);

 private:
  struct Activity {
    std::uint64_t contributed = 0;
    std::optional<Instant> idleSince{};
    std::uint64_t round = 0;  // The last call that saw this worker.
  };
  std::optional<Instant> idleSince(const WorkerInfo& worker, Instant now);
  Demand demandOf(const std::vector<JobInfo>& jobs, std::size_t workers) const;

  const BlockRule rule_;
  const std::string prefix_;
  std::map<WorkerId, Activity> activities_;
  std::uint64_t round_ = 0;
  // A usual worker's speed, in cost units a second, and its threads on CPUs, among workers with
  // any: the last ones that are known.  No threads before such a worker was seen.
  double usualSpeed_;
  double usualThreads_ = 0;
};

}  // namespace pi::allocation
