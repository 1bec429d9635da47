#include "scheduler/core/pace.h"

#include <algorithm>
#include <cmath>

#include "scheduler/core/config.h"
#include "scheduler/core/worker_table.h"

namespace pi::scheduler {
namespace {

// A worker without work reports at every third heartbeat.
constexpr int kHeartbeatsInSilence = 5;

}  // namespace

Pace paceFor(const Config& config, std::size_t workers) {
  if (workers <= config.workersAtFullPace) {
    return {.policy = {.leaseTarget = config.lease.target,
                       .prefetch = config.prefetch,
                       .heartbeat = config.heartbeat,
                       .silenceTimeout = config.silenceTimeout},
            .leaseMinimum = config.lease.minimum};
  }
  double stretch = static_cast<double>(workers) / static_cast<double>(config.workersAtFullPace);
  auto stretched = [stretch](Duration time) {
    return Duration(std::llround(static_cast<double>(time.count()) * stretch));
  };
  Pace pace{.policy = {.leaseTarget = stretched(config.lease.target),
                       .prefetch = stretched(config.prefetch),
                       .heartbeat = stretched(config.heartbeat),
                       .silenceTimeout = stretched(config.silenceTimeout)},
            .leaseMinimum = stretched(config.lease.minimum)};
  Duration enough = kHeartbeatsInSilence * pace.policy.heartbeat;
  pace.policy.silenceTimeout =
      std::max(config.silenceTimeout, std::min(pace.policy.silenceTimeout, enough));
  return pace;
}

void tell(Worker& worker, const WorkerPolicy& policy) {
  worker.policy = policy;
  worker.silenceTimeout = std::max(worker.silenceTimeout, policy.silenceTimeout);
}

}  // namespace pi::scheduler
