// Failures of batch systems, allocations and workers.
#include <doctest/doctest.h>

#include "tests/unit/allocation/bench.h"

namespace pi::allocation {
namespace {

const QueueOptions kOne{.system = "slurm", .workersMax = 1};

TEST_CASE("a refused submission is tried again later, and the third one pauses the queue") {
  Bench bench({kOne});
  bench.observe(100h);
  for (int i = 0; i < 3; ++i) {
    auto submits = bench.takeAll<action::Submit>();
    REQUIRE(submits.size() == 1);
    bench.handle(event::SubmitFailed{
        submits[0].request.name,
        {.sentence = "invalid partition", .kind = BatchFailure::Kind::kRefused}});
    CHECK(bench.count<action::Submit>() == 0);
    bench.observe(100h, {}, 5min);
  }
  CHECK(bench.queue().pausedBecause == "invalid partition");
  CHECK(bench.hasTold("pi-scheduler elastic resume 1"));
  CHECK(bench.saved.allocations.empty());
}

TEST_CASE("an unclear submission is looked up by its name before another one is made") {
  Bench bench({kOne});
  bench.observe(100h);
  bench.takeAll<action::Submit>();
  bench.handle(event::SubmitFailed{"pi-t-1-1",
                                   {.sentence = "timeout", .kind = BatchFailure::Kind::kUnclear}});
  bench.lastWork = 100h;

  SUBCASE("it is there") {
    bench.list({pending("pi-t-1-1", "77")});
    bench.list({pending("pi-t-1-1", "77")}, 10min);
    CHECK(bench.count<action::Submit>() == 0);
    REQUIRE(bench.queue().allocations.size() == 1);
    CHECK(bench.queue().allocations[0].id == "77");
    CHECK(bench.queue().allocations[0].stage == Stage::kPending);
  }
  SUBCASE("a listing that began soon after proves nothing") {
    bench.list({}, 30s);
    CHECK(bench.count<action::Submit>() == 0);
    CHECK(bench.queue().allocations.size() == 1);
  }
  SUBCASE("it is not there after two minutes") {
    bench.list({}, 30s);
    bench.list({}, 2min);
    bench.list({});
    auto submits = bench.takeAll<action::Submit>();
    REQUIRE(submits.size() == 1);
    CHECK(submits[0].request.name == "pi-t-1-2");
  }
  SUBCASE("its worker connects") {
    bench.observe(100h, {{.allocation = "pi-t-1-1"}});
    CHECK(bench.queue().allocations[0].stage == Stage::kRunning);
  }
}

TEST_CASE("an allocation that is no longer listed has ended, unless its worker is connected") {
  Bench bench({kOne});
  bench.lastWork = 100h;
  bench.observe(100h);
  auto workers = bench.employ();
  bench.list({});
  bench.list({}, 20s);
  bench.list({}, 40s);
  CHECK(bench.queue().allocations.size() == 1);
  bench.lastWorkers.clear();
  bench.list({}, 60s);
  CHECK(bench.queue().allocations.size() == 1);
  bench.list({}, 60s);
  auto asked = bench.takeAll<action::AskCause>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].id == "1");
  bench.handle(event::CauseFound{
      workers[0].allocation, ended("", "", "NODE_FAIL; " + std::string(200, 'x') + "end", true)});
  // A long reason keeps its end, which says what to do.
  CHECK(bench.hasTold("pi-t-1-1 (1) has ended: NODE_FAIL; " + std::string(200, 'x') + "end"));
}

TEST_CASE("an end of which the cause is not known is told as unknown") {
  Bench bench({kOne});
  bench.lastWork = 100h;
  bench.observe(100h);
  bench.accept();
  for (int i = 0; i < 3; ++i) bench.list({}, 1min);
  REQUIRE(bench.count<action::AskCause>() == 1);

  SUBCASE("the batch system does not answer") {
    bench.handle(event::CauseFound{"pi-t-1-1", std::nullopt});
  }
  SUBCASE("it knows no reason") {
    bench.handle(event::CauseFound{"pi-t-1-1", ended("pi-t-1-1", "1", "")});
  }

  CHECK(bench.hasTold("pi-t-1-1 (1) has ended: unknown; it took "));
}

TEST_CASE("an allocation of which only a later listing can know is not missed") {
  Bench bench({kOne});
  bench.observe(100h, {}, 1s);  // A listing begins.
  bench.accept();
  bench.handle(event::Listed{.system = "slurm", .statuses = {}, .calendar = {}});
  bench.lastWork = 100h;
  bench.list({}, 20s);
  CHECK(bench.queue().allocations.size() == 1);
}

TEST_CASE("allocations whose workers never connect are cancelled, and pause the queue") {
  Bench bench({kOne});
  bench.lastWork = 100h;
  bench.observe(100h);
  for (int i = 1; i <= 3; ++i) {
    std::string name = "pi-t-1-" + std::to_string(i);
    bench.accept();
    bench.list({running(name, std::to_string(i))}, 1min);
    bench.observe(100h, {}, 5min);
    CHECK(bench.count<action::Cancel>() >= 1);  // It is asked again until it is gone.
    bench.list({ended(name, std::to_string(i), "CANCELLED")}, 1min);
    bench.observe(100h, {}, 5min);
  }
  REQUIRE(bench.queue().pausedBecause.has_value());
  CHECK(bench.queue().pausedBecause->find("did not connect within 5m") != std::string::npos);
}

TEST_CASE("a worker that is lost and does not come back is no failure of its queue") {
  Bench bench({kOne});
  bench.lastWork = 100h;
  bench.observe(100h);
  std::string name = bench.employ()[0].allocation;
  bench.lastWorkers.clear();
  bench.list({running(name, "1")});
  bench.observe(100h, {}, 5min);
  CHECK(bench.count<action::Cancel>() == 1);
  CHECK(bench.queue().whyNotMore == "it has all workers that --workers-max allows");
}

TEST_CASE("a batch system that does not list is asked again, and nothing ends meanwhile") {
  Bench bench({kOne});
  bench.lastWork = 100h;
  bench.observe(100h);
  bench.accept();
  for (int i = 0; i < 10; ++i) {
    bench.handle(event::ListFailed{"slurm", {.sentence = "slurmctld is down"}});
    bench.observe(100h, {}, 5min);
    CHECK(bench.count<action::List>() > 0);
  }
  CHECK(bench.queue().allocations.size() == 1);
  CHECK(bench.count<action::Submit>() == 0);
}

TEST_CASE("a batch system that cannot be listed is named before there is any work") {
  Bench bench({kOne});
  bench.observe(0s);
  bench.handle(event::ListFailed{"slurm", {.sentence = "there is no squeue in the PATH"}});
  CHECK(bench.queue().whyNotMore == "there is no squeue in the PATH");
  bench.list({}, 5min);
  CHECK(bench.queue().whyNotMore == "");
}

TEST_CASE("a restarted scheduler knows its allocations and asks for none twice") {
  Bench bench({kOne});
  bench.lastWork = 100h;
  bench.observe(100h);

  SUBCASE("that was submitted") { bench.accept(); }
  SUBCASE("whose answer was lost") {}

  bench.restart();
  bench.observe(100h);
  bench.handle(
      event::Listed{.system = "slurm", .statuses = {pending("pi-t-1-1", "1")}, .calendar = {}});
  CHECK(bench.count<action::Submit>() == 0);
  REQUIRE(bench.queue().allocations.size() == 1);
  CHECK(bench.queue().allocations[0].stage == Stage::kPending);
}

TEST_CASE("an allocation of ours that is not known is cancelled") {
  Bench bench({kOne});
  bench.observe(0s);
  bench.handle(event::Listed{.system = "slurm",
                             .statuses = {running("pi-t-0-9", "5"), running("other", "6")},
                             .calendar = {}});
  auto cancels = bench.takeAll<action::Cancel>();
  REQUIRE(cancels.size() == 1);
  CHECK(cancels[0].ids == std::vector<std::string>{"5"});
  CHECK(bench.saved.allocations.empty());
}

TEST_CASE("the allocation of a worker in quarantine is cancelled, and is a failed start") {
  Bench bench({kOne});
  bench.lastWork = 100h;
  bench.observe(100h);
  auto workers = bench.employ();
  workers[0].isQuarantined = true;
  bench.observe(100h, workers);
  CHECK(bench.count<action::Cancel>() == 1);
  CHECK(bench.hasTold("quarantine"));
  bench.lastWorkers = workers;  // It is remembered.
  bench.lastWork = 0s;
  bench.list({ended("pi-t-1-1", "1", "CANCELLED")});
  CHECK(bench.queue().allocations.empty());
}

TEST_CASE("a worker of an allocation that is not known is told to leave, and forgotten after it") {
  Bench bench({kOne});
  bench.observe(0s, {{.allocation = "pi-t-0-9"}, {.allocation = "pi-other-1"}});
  auto drains = bench.takeAll<action::Drain>();
  REQUIRE(drains.size() == 1);
  CHECK(drains[0].name == "pi-t-0-9");
  bench.observe(0s);
  bench.observe(0s, {}, 1h);
  CHECK(bench.count<action::Drain>() == 0);
}

TEST_CASE("an allocation that runs beyond its time limit is cancelled") {
  Bench bench({{.system = "slurm", .workersMax = 1, .workerTimeLimit = 10min}});
  bench.lastWork = 100h;
  bench.observe(100h);
  auto workers = bench.employ();
  bench.observe(100h, workers, 15min);
  CHECK(bench.count<action::Cancel>() == 0);
  bench.observe(100h, workers, 2s);
  CHECK(bench.count<action::Cancel>() == 1);
}

}  // namespace
}  // namespace pi::allocation
