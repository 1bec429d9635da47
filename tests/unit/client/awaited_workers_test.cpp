#include "client/awaited_workers.h"

#include <doctest/doctest.h>

namespace pi::client {
namespace {

SchedulerInfo withQueue(const QueueInfo& queue) {
  SchedulerInfo scheduler{};
  scheduler.workers = 1;
  scheduler.queues = {queue};
  return scheduler;
}

TEST_CASE("a scheduler without queues has the workers that are there") {
  SchedulerInfo scheduler{};
  scheduler.workers = 3;
  CHECK(waitingText(scheduler, 8) == "3 of 8 workers are there");
}

TEST_CASE("a scheduler that starts workers says how it stands with the others") {
  CHECK(waitingText(withQueue({.name = "slurm", .pending = 2, .pendingReason = "Priority"}), 3) ==
        "1 of 3 workers are there; 2 allocations are pending (Priority)");
  CHECK(waitingText(withQueue({.name = "slurm", .running = 3}), 3) ==
        "1 of 3 workers are there; 3 allocations run, and 2 workers of them did not connect yet");
  CHECK(waitingText(withQueue({.name = "slurm", .whyNotMore = "it is paused: maintenance"}), 3) ==
        "1 of 3 workers are there; slurm: it is paused: maintenance");
  CHECK(waitingText(withQueue({.name = "slurm"}), 3) ==
        "1 of 3 workers are there; the scheduler asks for others");
}

}  // namespace
}  // namespace pi::client
