#include "scheduler/allocation/core/queue.h"

#include <doctest/doctest.h>

namespace pi::allocation {
namespace {

using namespace std::chrono_literals;

const Settings kSettings{};
const Instant kNow{};

Queue makeQueue() { return {{.system = "slurm", .arguments = {"-p", "a"}, .workersMax = 1}, {}}; }

TEST_CASE("a queue is named by its batch system and its arguments") {
  CHECK(makeQueue().name() == "slurm: -p a");
  CHECK(nameOf({.system = "local"}) == "local");
}

TEST_CASE("the third failure in a row pauses a queue with the reason") {
  Queue queue = makeQueue();
  CHECK_FALSE(queue.noteFailure(Queue::Failure::kRefused, "no", kNow, kSettings));
  CHECK_FALSE(queue.noteFailure(Queue::Failure::kRefused, "no", kNow, kSettings));
  CHECK(queue.noteFailure(Queue::Failure::kRefused, "no partition", kNow, kSettings));
  CHECK(queue.pausedBecause() == "no partition");
  queue.resume();
  CHECK_FALSE(queue.pausedBecause().has_value());
  CHECK_FALSE(queue.retryAt().has_value());
}

TEST_CASE("a submission that succeeds forgives refusals and no failed starts") {
  Queue queue = makeQueue();
  for (int i = 0; i < 2; ++i) {
    queue.noteFailure(Queue::Failure::kRefused, "no", kNow, kSettings);
    queue.noteFailure(Queue::Failure::kStart, "died", kNow, kSettings);
  }
  queue.noteSubmitted();
  CHECK_FALSE(queue.noteFailure(Queue::Failure::kRefused, "no", kNow, kSettings));
  CHECK(queue.noteFailure(Queue::Failure::kStart, "died", kNow, kSettings));
}

TEST_CASE(
    "a batch system that cannot be asked never pauses a queue, which waits longer each time") {
  Queue queue = makeQueue();
  queue.noteFailure(Queue::Failure::kUnreachable, "down", kNow, kSettings);
  CHECK(queue.retryAt() == kNow + 10s);
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(queue.noteFailure(Queue::Failure::kUnreachable, "down", kNow, kSettings));
  }
  CHECK(queue.retryAt() == kNow + 5min);
}

TEST_CASE("an estimated start that is too late is believed for ten minutes") {
  Queue queue = makeQueue();
  queue.noteLateStart(kNow + 2h, kNow, kSettings);
  CHECK(queue.startsTooLate(kNow + 1h, kNow));
  CHECK_FALSE(queue.startsTooLate(kNow + 3h, kNow));
  CHECK_FALSE(queue.startsTooLate(kNow + 1h, kNow + 10min));
}

}  // namespace
}  // namespace pi::allocation
