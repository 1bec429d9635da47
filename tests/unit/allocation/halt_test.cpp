// Allocations that have a node and cannot work, and those of which nothing is known.
#include <doctest/doctest.h>

#include "tests/unit/allocation/bench.h"

namespace pi::allocation {
namespace {

const QueueOptions kOne{.system = "slurm", .workersMax = 1, .workerTimeLimit = 10min};

// There is work, and a worker is asked for.
struct WithWork : Bench {
  WithWork() : Bench({kOne}) {
    lastWork = 100h;
    observe(100h);
  }
};

// Its allocation runs from now on, and is cancelled if its worker does not connect in time.
void checkTimeToConnect(Bench& bench) {
  bench.observe(100h, {}, 4min);
  CHECK(bench.count<action::Cancel>() == 0);
  bench.observe(100h, {}, 1min);
  CHECK(bench.count<action::Cancel>() == 1);
}

TEST_CASE("the worker of a node that boots has the time to connect after that") {
  WithWork bench;
  bench.accept();
  bench.list({halted("pi-t-1-1", "1", Halt::kBooting)});
  REQUIRE(bench.queue().allocations.size() == 1);
  CHECK(bench.queue().allocations[0].isAwaited);
  CHECK(bench.queue().allocations[0].reason == "it boots");
  for (int i = 0; i < 20; ++i) bench.list({halted("pi-t-1-1", "1", Halt::kBooting)}, 1min);
  bench.list({running("pi-t-1-1", "1")}, 1min);
  CHECK_FALSE(bench.queue().allocations[0].isAwaited);
  checkTimeToConnect(bench);
}

TEST_CASE("the time limit of a node that boots begins when its worker connects") {
  WithWork bench;
  bench.accept();
  for (int i = 0; i < 10; ++i) bench.list({halted("pi-t-1-1", "1", Halt::kBooting)}, 1min);
  std::vector<SeenWorker> workers{{.allocation = "pi-t-1-1"}};
  bench.observe(100h, workers);
  bench.observe(100h, workers, 14min);
  CHECK(bench.count<action::Cancel>() == 0);
}

TEST_CASE("the time of a node that boots is charged, and is no part of the time limit") {
  WithWork bench;
  bench.accept();
  for (int i = 0; i < 20; ++i) bench.list({halted("pi-t-1-1", "1", Halt::kBooting)}, 1min);
  CHECK(bench.queue().used >= 19min);
  bench.list({running("pi-t-1-1", "1")}, 1min);
  bench.now += 6min;  // Without a view it is charged for what is left of its limit.
  bench.list({running("pi-t-1-1", "1")}, 0min);
  CHECK(bench.queue().used >= 26min);
}

TEST_CASE("an allocation whose node boots is given back like a pending one, and is cancelled") {
  WithWork bench;
  bench.accept();
  bench.list({halted("pi-t-1-1", "1", Halt::kBooting)});

  SUBCASE("without work") { bench.observe(0s); }
  SUBCASE("at a stop") {
    CHECK_FALSE(bench.provisioner().hasStopped());
    bench.handle(event::Stopping{});
    CHECK(bench.provisioner().hasStopped());
  }

  auto cancels = bench.takeAll<action::Cancel>();
  REQUIRE(cancels.size() == 1);
  CHECK_FALSE(cancels[0].isPendingOnly);
}

TEST_CASE("a worker that has connected is well, also if the list still says that its node boots") {
  WithWork bench;
  bench.employ();
  bench.list({halted("pi-t-1-1", "1", Halt::kBooting)});
  bench.observe(0s, bench.lastWorkers);
  CHECK(bench.count<action::Cancel>() == 0);
}

TEST_CASE("an allocation that is suspended keeps its place, however long its worker is silent") {
  WithWork bench;
  bench.employ();
  bench.lastWorkers.clear();  // It is lost.
  for (int i = 0; i < 60; ++i) bench.list({halted("pi-t-1-1", "1", Halt::kSuspended)}, 1min);
  CHECK(bench.count<action::Cancel>() == 0);
  CHECK_FALSE(bench.queue().allocations.at(0).isAwaited);

  bench.list({running("pi-t-1-1", "1")}, 1min);
  checkTimeToConnect(bench);
}

TEST_CASE("a suspended allocation is left alone by a stop") {
  WithWork bench;
  bench.accept();
  bench.list({halted("pi-t-1-1", "1", Halt::kSuspended)});
  bench.handle(event::Stopping{});
  CHECK(bench.count<action::Cancel>() == 0);
  CHECK(bench.provisioner().hasStopped());
}

TEST_CASE("nothing is concluded from a state that is not known") {
  BatchStatus unknown = pending("pi-t-1-1", "1");
  unknown.state = BatchState::kUnknown;
  WithWork bench;
  bench.accept();

  SUBCASE("an allocation that runs still runs") {
    bench.list({running("pi-t-1-1", "1")});
    for (int i = 0; i < 3; ++i) bench.list({unknown}, 1min);
    CHECK(bench.queue().allocations.at(0).stage == Stage::kRunning);
    CHECK_FALSE(bench.hasTold("pending again"));
  }
  SUBCASE("it is there, so it is not missed") {
    for (int i = 0; i < 3; ++i) bench.list({unknown}, 1min);
    bench.list({}, 1min);
    CHECK(bench.queue().allocations.at(0).stage == Stage::kPending);
  }
}

}  // namespace
}  // namespace pi::allocation
