#include "scheduler/service/lost_workers.h"

#include <doctest/doctest.h>

#include "scheduler/limits.h"

namespace pi::scheduler {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};

WorkerInfo workerWith(std::uint64_t id) {
  return {
      .id = WorkerId{id}, .profile = {}, .samplesContributed = 7, .leases = 2, .sinceHeard = 1s};
}

TEST_CASE("a worker that is lost and does not come back is listed as lost for an hour") {
  LostWorkers lost;
  WorkerInfo worker = workerWith(1);
  worker.timeLeft = 1h;
  lost.noteLost(worker, kStart);
  CHECK(lost.list(kStart).empty());  // It may come back: the core lists it.
  CHECK(lost.noteForgotten(WorkerId{1}));

  std::vector<WorkerInfo> listed = lost.list(kStart + 10min);
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].id == WorkerId{1});
  CHECK(listed[0].state == WorkerState::kLost);
  CHECK(listed[0].samplesContributed == 7);
  CHECK(listed[0].leases == 0);
  CHECK_FALSE(listed[0].timeLeft);
  CHECK(listed[0].sinceHeard == 10min + 1s);
  CHECK(lost.list(kStart + kLostShown - 2s).size() == 1);
  CHECK(lost.list(kStart + kLostShown).empty());
}

TEST_CASE("a worker that has come back, or has left in order, is not listed as lost") {
  LostWorkers lost;
  CHECK_FALSE(lost.noteForgotten(WorkerId{1}));  // It left.
  CHECK(lost.list(kStart).empty());
  lost.noteLost(workerWith(2), kStart);
  lost.noteBack(WorkerId{2});
  lost.noteForgotten(WorkerId{2});  // It came back within the grace, and left.
  CHECK(lost.list(kStart).empty());
  lost.noteLost(workerWith(3), kStart);
  lost.noteForgotten(WorkerId{3});
  lost.noteBack(WorkerId{3});  // It came back after the grace.
  CHECK(lost.list(kStart).empty());
}

TEST_CASE("only the latest lost workers are kept") {
  LostWorkers lost;
  for (std::uint64_t id = 1; id <= kLostWorkersMax + 1; ++id) {
    lost.noteLost(workerWith(id), kStart);
    lost.noteForgotten(WorkerId{id});
  }
  std::vector<WorkerInfo> listed = lost.list(kStart);
  CHECK(listed.size() == kLostWorkersMax);
  CHECK(listed.front().id == WorkerId{2});
}

}  // namespace
}  // namespace pi::scheduler
