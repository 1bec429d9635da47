// The calls by which the scheduler tells a worker what to do.
#pragma once

#include <kj/async.h>

#include <cstdint>

#include "common/model/ids.h"

namespace pi::scheduler {

// Each call resolves when the worker has answered, and fails if it cannot.
class WorkerControl {
 public:
  virtual ~WorkerControl() noexcept(false) = default;

  // Finish the work in hand and leave.
  virtual kj::Promise<void> drain() = 0;

  // Give up the lease's samples from `end` on, as far as they are not begun.  Returns where the
  // lease ends now; kSamplesEnd if the worker does not hold it.
  virtual kj::Promise<std::uint64_t> truncate(LeaseId lease, std::uint64_t end) = 0;

  // The scheduler restarts: wait for it.
  virtual kj::Promise<void> expectRestart() = 0;
};

}  // namespace pi::scheduler
