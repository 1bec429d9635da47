// How often a worker speaks to its scheduler, as the scheduler tells it.
#pragma once

#include "common/base/clock.h"

namespace pi {

// It changes with the number of workers.
struct WorkerPolicy {
  Duration leaseTarget{};     // How long a lease should take.
  Duration prefetch{};        // A worker with less work than this asks for more.
  Duration heartbeat{};       // A computing worker reports at least this often.
  Duration silenceTimeout{};  // A worker that makes no progress for so long is suspect.
  bool operator==(const WorkerPolicy&) const = default;
};

}  // namespace pi
