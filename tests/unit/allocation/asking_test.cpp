// When allocations are asked for.
#include <doctest/doctest.h>

#include "tests/unit/allocation/bench.h"

namespace pi::allocation {
namespace {

TEST_CASE("nothing is submitted before its row is saved") {
  Bench bench;
  bench.savesAtOnce = false;
  bench.observe(10min);
  CHECK(bench.count<action::Commit>() == 1);
  CHECK(bench.count<action::Submit>() == 0);
  bench.handle(event::Committed{});
  CHECK(bench.count<action::Submit>() == 2);
}

TEST_CASE("a short job gets one worker, however short it is") {
  Bench bench;
  bench.observe(1s);
  CHECK(bench.count<action::Submit>() == 1);
  bench.observe(1s);
  CHECK(bench.count<action::Submit>() == 0);
}

TEST_CASE("as many allocations are pending as the backlog allows, up to the most workers") {
  Bench bench({{.system = "slurm", .workersMax = 3, .backlog = 2}});
  bench.lastWork = 100h;
  bench.observe(100h);
  CHECK(bench.employ().size() == 2);
  CHECK(bench.employ().size() == 3);
  CHECK(bench.count<action::Submit>() == 0);
  CHECK(bench.queue().whyNotMore == "it has all workers that --workers-max allows");
}

TEST_CASE("a limited job is worth the workers that have its threads") {
  Bench bench;
  Demand demand{.limited = {{.work = 100h, .workersMax = 1}}};
  bench.handle(event::Observed{.demand = demand});
  CHECK(bench.count<action::Submit>() == 1);
  CHECK(bench.hasTold("the work takes one worker 4d 04h"));
  demand.limited.push_back({.work = 100h, .workersMax = 1});
  bench.handle(event::Observed{.demand = demand});
  CHECK(bench.count<action::Submit>() == 1);
}

TEST_CASE("workers that others have started count") {
  Bench bench;
  bench.handle(event::Observed{.demand = {.work = 20min, .otherWorkers = 4}});
  CHECK(bench.count<action::Submit>() == 0);
  bench.handle(event::Observed{.demand = {.work = 30min, .otherWorkers = 4}});
  CHECK(bench.count<action::Submit>() == 2);
}

TEST_CASE("workers for which a client waits are asked for without work, up to the most workers") {
  Bench bench({{.system = "slurm", .workersMax = 3, .backlog = 8}});
  auto await = [&bench](std::size_t workers, Duration passes = 1s) {
    Demand demand{.timeLeft = 0s, .otherWorkers = 1, .workersAwaited = workers};
    bench.handle(event::Observed{.demand = demand, .workers = bench.lastWorkers}, passes);
  };
  await(3);
  CHECK(bench.takeAll<action::Submit>().size() == 2);
  await(8);
  CHECK(bench.count<action::Submit>() == 1);
  CHECK(bench.queue().whyNotMore == "it has all workers that --workers-max allows");
}

TEST_CASE("workers for which a client waited are given back when it is gone") {
  Bench bench({{.system = "slurm", .workersMax = 3}});
  Demand demand{.timeLeft = 0s, .workersAwaited = 1};
  bench.handle(event::Observed{.demand = demand});
  bench.accept();
  BatchStatus late = pending("pi-t-1-1", "1");
  late.estimatedStart = WallTime{} + 3h;
  bench.handle(event::Listed{.system = "slurm", .statuses = {late}, .calendar = WallTime{}});
  CHECK(bench.count<action::Cancel>() == 0);
  bench.observe(0s);
  CHECK(bench.count<action::Cancel>() == 1);
}

TEST_CASE("no more workers are possible than the limits of all queues allow at a time") {
  Bench bench({{.system = "slurm", .workersMax = 3},
               {.system = "local", .workersMax = 8, .backlog = 8, .nodeTimeMax = 155min}});
  CHECK(bench.provisioner().workersMost() == 5);
  bench.observe(100h);
  CHECK(bench.provisioner().workersMost() == 5);
}

TEST_CASE("the least workers are there without work") {
  Bench bench({{.system = "slurm", .workersMin = 2, .workersMax = 3}});
  bench.observe(0s);
  CHECK(bench.employ().size() == 2);
  CHECK(bench.count<action::Submit>() == 0);
}

TEST_CASE("a request has the arguments of its queue and a name of its own") {
  Bench bench({{.system = "slurm", .arguments = {"-p", "a"}, .workersMax = 3}});
  bench.observe(100h);
  auto submits = bench.takeAll<action::Submit>();
  REQUIRE(submits.size() == 2);
  CHECK(submits[0].system == "slurm");
  CHECK(submits[0].request.arguments == std::vector<std::string>{"-p", "a"});
  CHECK(submits[0].request.timeLimit == 1h);
  CHECK(submits[0].request.name == "pi-t-1-1");
  CHECK(submits[1].request.name == "pi-t-1-2");
}

TEST_CASE("an allocation that has ended is replaced") {
  Bench bench({{.system = "slurm", .workersMax = 1}});
  bench.lastWork = 100h;
  bench.observe(100h);
  std::string name = bench.employ()[0].allocation;
  bench.observe(100h, bench.lastWorkers, 2min);
  bench.lastWorkers.clear();
  bench.list({ended(name, "1", "TIMEOUT")});
  CHECK(bench.count<action::Submit>() == 1);
}

TEST_CASE("the node-hours allow no more than all time limits together") {
  Bench bench({{.system = "slurm", .workersMax = 8, .backlog = 8, .nodeTimeMax = 155min}});
  bench.lastWork = 100h;
  bench.observe(100h);
  auto workers = bench.employ();
  CHECK(workers.size() == 2);
  CHECK(bench.queue().whyNotMore == "--max-node-hours allows no further worker");

  // One ends after half an hour: that leaves time for another one.
  bench.observe(100h, workers, 30min);
  bench.lastWorkers.resize(1);
  bench.list({ended(workers[1].allocation, "2"), running(workers[0].allocation, "1")});
  CHECK(bench.count<action::Submit>() == 1);
}

TEST_CASE("node-hours that were spent are spent after a restart") {
  const QueueOptions options{.system = "slurm", .workersMax = 8, .nodeTimeMax = 90min};
  Bench bench({options});
  bench.lastWork = 100h;
  bench.observe(100h);
  std::string name = bench.employ()[0].allocation;
  bench.observe(100h, bench.lastWorkers, 40min);
  bench.lastWorkers.clear();
  bench.list({ended(name, "1")});
  REQUIRE(bench.saved.queues.size() == 1);
  CHECK(bench.saved.queues[0].spent >= 40min);
  bench.restart();
  bench.observe(100h);
  CHECK(bench.count<action::Submit>() == 0);
}

TEST_CASE(
    "an allocation that would start after the work is done is given back, and not asked for") {
  Bench bench({{.system = "slurm", .workersMax = 2, .backlog = 2}});
  auto observe = [&bench](Duration timeLeft, Duration passes) {
    bench.handle(event::Observed{.demand = {.work = 2h, .timeLeft = timeLeft, .otherWorkers = 1}},
                 passes);
  };
  observe(1h, 0s);
  bench.accept();
  observe(1h, 10s);
  BatchStatus late = pending("pi-t-1-1", "1");
  late.estimatedStart = WallTime{} + 3h;
  bench.handle(event::Listed{.system = "slurm",
                             .statuses = {late, pending("pi-t-1-2", "2")},
                             .calendar = WallTime{} + 1h});
  auto cancels = bench.takeAll<action::Cancel>();
  REQUIRE(cancels.size() == 1);
  CHECK(cancels[0].ids == std::vector<std::string>{"1"});
  CHECK(cancels[0].isPendingOnly);
  observe(1h, 10s);
  bench.handle(event::Listed{.system = "slurm",
                             .statuses = {ended("pi-t-1-1", "1", "CANCELLED")},
                             .calendar = WallTime{} + 1h});
  CHECK(bench.count<action::Submit>() == 0);
  observe(1h, 10min);
  CHECK(bench.count<action::Submit>() > 0);
}

}  // namespace
}  // namespace pi::allocation
