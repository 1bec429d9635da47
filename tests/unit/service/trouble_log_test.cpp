#include "scheduler/service/trouble_log.h"

#include <doctest/doctest.h>

#include "common/model/epoch.h"
#include "scheduler/limits.h"

namespace pi::scheduler {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<TroubleLine>;

constexpr Instant kStart{1h};
const WorkerId kAnn = workerIdOf(2, 1), kBob = workerIdOf(2, 2);

// Worker 2.1 is "ann"; 2.2 is gone.
std::vector<WorkerInfo> justAnn() {
  std::vector<WorkerInfo> workers{{.id = kAnn, .profile = {}}};
  workers[0].profile.name = "ann";
  return workers;
}

TEST_CASE("silence, second leases and truncations are logged at once, then once a period") {
  TroubleLog log;
  Metrics metrics;
  CHECK_FALSE(log.isDue(metrics, kStart));
  CHECK(log.linesFor(metrics, {}, kStart).empty());

  metrics.truncationsAsked = 1;
  metrics.lastTruncated = kAnn;
  CHECK(log.isDue(metrics, kStart));
  CHECK(log.linesFor(metrics, justAnn(), kStart) ==
        Lines{{{.worker = kAnn},
               "once: a worker was asked to give up the end of its work (2.1 ann); 1 in total"}});
  metrics.truncationsAsked = 40;
  CHECK_FALSE(log.isDue(metrics, kStart + 1s));
  CHECK(log.linesFor(metrics, {}, kStart + 1s).empty());

  metrics.leasesLentAgain = 3;  // Another kind does not wait.
  metrics.lastLentFrom = kBob;
  CHECK(log.linesFor(metrics, justAnn(), kStart + 2s) ==
        Lines{{{.worker = kBob},
               "3 times: work of a silent, lost or slow worker was lent to another one (the last "
               "one: 2.2); 3 in total"}});
  CHECK(log.isDue(metrics, kStart + kTroublePeriod));
  metrics.lastTruncated = kBob;
  CHECK(log.linesFor(metrics, justAnn(), kStart + kTroublePeriod) ==
        Lines{{{.worker = kBob},
               "39 times: a worker was asked to give up the end of its work (the last one: 2.2); "
               "40 in total"}});
  CHECK_FALSE(log.isDue(metrics, kStart + 2h));
}

TEST_CASE("the line about silence names the workers that are silent now, at most five") {
  std::vector<WorkerInfo> workers;
  for (std::uint64_t serial = 1; serial <= 7; ++serial) {
    workers.push_back({.id = workerIdOf(2, serial), .profile = {}, .state = WorkerState::kSilent});
    workers.back().profile.name = "node" + std::to_string(serial);
  }
  workers[0].state = WorkerState::kActive;
  Metrics metrics{.workersSilent = 6};
  metrics.lastSilent = kBob;
  Lines lines = TroubleLog().linesFor(metrics, workers, kStart);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].about == LogSubject{.worker = kBob});
  CHECK(lines[0].text ==
        "6 times: a worker made no progress, so its work may go to others, too (silent now: 2.2 "
        "node2, 2.3 node3, 2.4 node4, 2.5 node5, 2.6 node6 and 1 more); 6 in total");
}

TEST_CASE("a worker that is not silent any longer is named, too") {
  Metrics metrics{.workersSilent = 1};
  metrics.lastSilent = kAnn;
  Lines lines = TroubleLog().linesFor(metrics, justAnn(), kStart);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].text ==
        "once: a worker made no progress, so its work may go to others, too (2.1 ann); 1 in total");
}

}  // namespace
}  // namespace pi::scheduler
