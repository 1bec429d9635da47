// When allocations are given up, and how that is done.
#include <doctest/doctest.h>

#include "tests/unit/allocation/bench.h"

namespace pi::allocation {
namespace {

TEST_CASE("pending allocations are given back when the work is gone") {
  Bench bench;
  bench.observe(100h);
  bench.accept();
  bench.observe(0s);
  auto cancels = bench.takeAll<action::Cancel>();
  REQUIRE(cancels.size() == 1);
  CHECK(cancels[0].ids == std::vector<std::string>{"1", "2"});
  CHECK(cancels[0].isPendingOnly);
}

TEST_CASE("an allocation that was just asked for is not given back because some work is done") {
  Bench bench;
  bench.observe(10min);
  bench.accept();
  bench.observe(9min);
  CHECK(bench.count<action::Cancel>() == 0);
  bench.observe(4min);
  CHECK(bench.count<action::Cancel>() == 1);
}

TEST_CASE("an allocation that starts while it is given back keeps its worker until that is idle") {
  Bench bench({{.system = "slurm", .workersMax = 1}});
  bench.observe(100h);
  bench.accept();
  bench.observe(0s);
  bench.list({running("pi-t-1-1", "1")});
  CHECK(bench.count<action::Cancel>() == 1);
  bench.observe(0s, {}, 31s);
  CHECK(bench.count<action::Cancel>() == 0);
}

TEST_CASE("a worker that is idle for the timeout is told to leave, the longest idle one first") {
  Bench bench({{.system = "slurm", .workersMin = 1, .workersMax = 2}});
  bench.lastWork = 100h;
  bench.observe(100h);
  auto workers = bench.employ();
  workers[0].idleSince = bench.now;
  workers[1].idleSince = bench.now - 1s;
  bench.observe(0s, workers, 4min);
  CHECK(bench.count<action::Drain>() == 0);
  bench.observe(0s, workers, 1min);
  auto drains = bench.takeAll<action::Drain>();
  REQUIRE(drains.size() == 1);
  CHECK(drains[0].name == workers[1].allocation);
  bench.observe(0s, workers, 1h);
  CHECK(bench.count<action::Drain>() == 0);
}

TEST_CASE("a worker that is told to leave and does not is cancelled") {
  Bench bench({{.system = "slurm", .workersMax = 1}});
  bench.lastWork = 100h;
  bench.observe(100h);
  auto workers = bench.employ();
  workers[0].idleSince = bench.now;
  bench.observe(0s, workers, 5min);
  CHECK(bench.count<action::Drain>() == 1);
  CHECK(bench.count<action::Cancel>() == 0);
  bench.observe(0s, workers, 1min);
  auto cancels = bench.takeAll<action::Cancel>();
  REQUIRE(cancels.size() == 1);
  CHECK_FALSE(cancels[0].isPendingOnly);
}

TEST_CASE("a cancellation is repeated until the allocation is gone") {
  Bench bench({{.system = "slurm", .workersMax = 1}});
  bench.observe(100h);
  bench.accept();
  bench.observe(0s);
  CHECK(bench.count<action::Cancel>() == 1);
  bench.handle(event::CancelFailed{"slurm", {"1"}, {.sentence = "no answer"}});
  bench.observe(0s, {}, 5s);
  CHECK(bench.count<action::Cancel>() == 0);
  bench.observe(0s, {}, 25s);
  CHECK(bench.count<action::Cancel>() == 1);
}

TEST_CASE("a stop gives back what is pending, and leaves what runs") {
  Bench bench({{.system = "slurm", .workersMax = 4, .backlog = 2}});
  bench.lastWork = 100h;
  bench.observe(100h);
  bench.employ();
  bench.accept();
  bench.handle(event::Stopping{});
  auto cancels = bench.takeAll<action::Cancel>();
  REQUIRE(cancels.size() == 1);
  CHECK(cancels[0].ids == std::vector<std::string>{"3", "4"});
  CHECK(bench.count<action::Drain>() == 0);
  CHECK(bench.provisioner().hasStopped());
}

TEST_CASE("a stop waits for submissions that are under way, and gives them back") {
  Bench bench({{.system = "slurm", .workersMax = 1}});
  bench.observe(100h);
  bench.handle(event::Stopping{});
  CHECK_FALSE(bench.provisioner().hasStopped());
  bench.accept();
  CHECK(bench.count<action::Cancel>() == 1);
  CHECK(bench.provisioner().hasStopped());
}

TEST_CASE("a stop waits until the batch system takes what it gives back, and asks again soon") {
  Bench bench({{.system = "slurm", .workersMax = 1}});
  bench.observe(100h);
  bench.accept();
  bench.handle(event::Stopping{});
  CHECK(bench.count<action::Cancel>() == 1);
  bench.handle(event::CancelFailed{"slurm", {"1"}, {.sentence = "no answer"}});
  CHECK_FALSE(bench.provisioner().hasStopped());
  CHECK(bench.count<action::Cancel>() == 0);
  bench.observe(100h);
  CHECK(bench.count<action::Cancel>() == 1);
  CHECK(bench.provisioner().hasStopped());
}

TEST_CASE("a stop waits for a submission that may have happened, and gives it back") {
  Bench bench({{.system = "slurm", .workersMax = 1}});
  bench.lastWork = 100h;
  bench.observe(100h);
  bench.takeAll<action::Submit>();
  bench.handle(event::SubmitFailed{"pi-t-1-1",
                                   {.sentence = "timeout", .kind = BatchFailure::Kind::kUnclear}});
  bench.handle(event::Stopping{});
  CHECK_FALSE(bench.provisioner().hasStopped());

  bench.list({pending("pi-t-1-1", "77")});

  auto cancels = bench.takeAll<action::Cancel>();
  REQUIRE(cancels.size() == 1);
  CHECK(cancels[0].ids == std::vector<std::string>{"77"});
  CHECK(bench.provisioner().hasStopped());
}

TEST_CASE("an allocation that was given back at a stop is no failure at the next start") {
  Bench bench({{.system = "slurm", .workersMax = 1}});
  bench.observe(100h);
  bench.accept();
  bench.handle(event::Stopping{});
  bench.restart();
  bench.observe(0s);
  bench.handle(event::Listed{
      .system = "slurm", .statuses = {ended("pi-t-1-1", "1", "CANCELLED")}, .calendar = {}});
  CHECK(bench.saved.allocations.empty());
  CHECK(bench.queue().whyNotMore == "");
}

TEST_CASE("a paused queue gives back what is pending, and asks for more once it is resumed") {
  Bench bench({{.system = "slurm", .workersMax = 1}});
  bench.observe(100h);
  bench.accept();
  bench.handle(event::QueuePaused{0, "maintenance"});
  CHECK(bench.count<action::Cancel>() == 1);
  CHECK(bench.queue().pausedBecause == "maintenance");
  bench.observe(100h, {}, 10s);
  bench.handle(event::Listed{
      .system = "slurm", .statuses = {ended("pi-t-1-1", "1", "CANCELLED")}, .calendar = {}});
  CHECK(bench.count<action::Submit>() == 0);
  bench.handle(event::QueueResumed{0});
  CHECK(bench.count<action::Submit>() == 1);
}

TEST_CASE("a pending allocation of a queue that is not one of this start is given back") {
  Bench bench({{.system = "slurm", .arguments = {"-p", "a"}, .workersMax = 1}});
  bench.observe(100h);
  bench.accept();
  bench.restart({{.system = "slurm", .arguments = {"-p", "b"}, .workersMax = 1}});
  bench.observe(100h);
  auto cancels = bench.takeAll<action::Cancel>();
  REQUIRE(cancels.size() == 1);
  CHECK(cancels[0].ids == std::vector<std::string>{"1"});
}

}  // namespace
}  // namespace pi::allocation
