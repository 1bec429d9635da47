// Decides how often workers speak to the scheduler: the more there are, the more rarely.
#pragma once

#include <cstddef>

#include "common/base/clock.h"
#include "common/model/worker_policy.h"
#include "scheduler/core/policy.h"

namespace pi::scheduler {

struct Config;
struct Worker;

struct Pace {
  WorkerPolicy policy{};    // As workers are told it.
  Duration leaseMinimum{};  // Below this a lease is not worth its round trip.
  LeasePolicy lease() const { return {.target = policy.leaseTarget, .minimum = leaseMinimum}; }
};

// The law: up to config.workersAtFullPace workers have the times of `config`.  With N times as many
// all times are N times as long, so no number of workers makes more calls a second.  Only the
// silence timeout is no longer than kHeartbeatsInSilence heartbeats then, or as long as configured:
// that many are enough to tell a hung worker from a lost message.
Pace paceFor(const Config& config, std::size_t workers);

// The worker is told this policy with the answer that it gets now.  A longer silence timeout counts
// at once; a shorter one after the next sign of life that Liveness accepts.
void tell(Worker& worker, const WorkerPolicy& policy);

}  // namespace pi::scheduler
