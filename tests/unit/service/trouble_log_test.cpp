#include "scheduler/service/trouble_log.h"

#include <doctest/doctest.h>

#include "common/model/epoch.h"
#include "scheduler/limits.h"

namespace pi::scheduler {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

constexpr Instant kStart{1h};

TEST_CASE("silence, second leases and truncations are logged at once, then once a period") {
  TroubleLog log;
  Metrics metrics;
  CHECK_FALSE(log.isDue(metrics, kStart));
  CHECK(log.linesFor(metrics, {}, kStart).empty());

  metrics.truncationsAsked = 1;
  CHECK(log.isDue(metrics, kStart));
  CHECK(log.linesFor(metrics, {}, kStart) ==
        Lines{"once: a worker was asked to give up the end of its work; 1 in total"});
  metrics.truncationsAsked = 40;
  CHECK_FALSE(log.isDue(metrics, kStart + 1s));
  CHECK(log.linesFor(metrics, {}, kStart + 1s).empty());

  metrics.leasesLentAgain = 3;  // Another kind does not wait.
  CHECK(
      log.linesFor(metrics, {}, kStart + 2s) ==
      Lines{"3 times: work of a silent, lost or slow worker was lent to another one; 3 in total"});
  CHECK(log.isDue(metrics, kStart + kTroublePeriod));
  CHECK(log.linesFor(metrics, {}, kStart + kTroublePeriod) ==
        Lines{"39 times: a worker was asked to give up the end of its work; 40 in total"});
  CHECK_FALSE(log.isDue(metrics, kStart + 2h));
}

TEST_CASE("the line about silence names the workers that are silent now, at most five") {
  std::vector<WorkerInfo> workers;
  for (std::uint64_t serial = 1; serial <= 7; ++serial) {
    workers.push_back({.id = workerIdOf(2, serial), .profile = {}, .state = WorkerState::kSilent});
    workers.back().profile.name = "node" + std::to_string(serial);
  }
  workers[0].state = WorkerState::kActive;
  Lines lines = TroubleLog().linesFor({.workersSilent = 6}, workers, kStart);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "6 times: a worker made no progress, so its work may go to others, too (silent now: 2.2 "
        "node2, 2.3 node3, 2.4 node4, 2.5 node5, 2.6 node6 and 1 more); 6 in total");
}

}  // namespace
}  // namespace pi::scheduler
