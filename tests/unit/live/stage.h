// A past that a test makes up, and viewers of it.
#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/core/history.h"
#include "scheduler/live/feed.h"
#include "scheduler/live/viewer.h"

namespace pi::scheduler::live {

using namespace std::chrono_literals;
using Parsed = nlohmann::json;

inline WorkerInfo workerNamed(std::uint64_t id, std::string name, std::string host = "h") {
  WorkerInfo worker{.id = WorkerId{id}, .profile = {}};
  worker.profile.name = std::move(name);
  worker.profile.host = std::move(host);
  worker.profile.kernel = "avx2";
  worker.profile.threads = 2;
  return worker;
}

// Its jobs and leases exist in the history alone, which asks no ledger.
struct Stage {
  void addWorkers(std::size_t count) {
    for (std::size_t i = 1; i <= count; ++i) {
      workers.push_back(workerNamed(i, "n" + std::to_string(i)));
    }
  }
  void endLease(std::uint64_t worker, Duration length = 100ms,
                LeaseOutcome outcome = LeaseOutcome::kDone, std::uint64_t job = 1) {
    leases.end({.lease = LeaseId{++lastLease},
                .worker = WorkerId{worker},
                .job = JobId{job},
                .range = {.begin = 1000 * lastLease, .end = 1000 * lastLease + 1000},
                .counted = outcome == LeaseOutcome::kDone ? 1000u : 0u,
                .begunAt = now - length},
               outcome, now);
  }
  History history() const { return {jobs, table.history(), book, leases}; }

  void open() {
    feed.wake(history());
    tick();
  }
  void tick() { feed.tick(workers, history(), now); }
  // A period passes, and viewers get their frames after it.
  void look(std::initializer_list<const Viewer*> viewers) {
    now += 250ms;
    Sight sight{.jobs = infos, .log = std::exchange(log, {})};
    for (const Viewer* viewer : viewers) {
      sight.followed.insert(viewer->workers().begin(), viewer->workers().end());
    }
    feed.look(sight, history());
  }
  std::string text(Viewer& viewer, bool control = false) {
    return viewer.nextFrame(feed, history(), control, now);
  }
  Parsed frame(Viewer& viewer, bool control = false) {
    return Parsed::parse(text(viewer, control));
  }
  Parsed next(Viewer& viewer) {
    look({&viewer});
    return frame(viewer);
  }

  Instant start = Instant{} + 1h;
  Instant now = start;
  Config config;
  JobTable jobs{config};
  WorkerTable table;
  LeaseHistory leases{config.history, jobs};
  LeaseBook book{jobs, table, leases, LeaseId{}};
  std::vector<WorkerInfo> workers;
  std::vector<JobInfo> infos;
  std::vector<LogLine> log;
  Feed feed{Timeline(start), "e1"};
  std::uint64_t lastLease = 0;
};

}  // namespace pi::scheduler::live
