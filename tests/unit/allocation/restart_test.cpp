// The allocations and queues of a scheduler that starts again.
#include <doctest/doctest.h>

#include "tests/unit/allocation/bench.h"

namespace pi::allocation {
namespace {

QueueOptions queueOf(const std::string& partition, Duration timeLimit = 1h) {
  return {.system = "slurm",
          .arguments = {"-p", partition},
          .workersMax = 1,
          .workerTimeLimit = timeLimit};
}

TEST_CASE("an allocation keeps the time limit of its submission when the queue has another one") {
  Bench bench({queueOf("a", 10h)});
  bench.lastWork = 100h;
  bench.observe(100h);
  auto workers = bench.employ();
  bench.restart({queueOf("a", 10min)});

  SUBCASE("its worker is not ended beyond the new limit") {
    bench.observe(100h, workers);
    bench.observe(100h, workers, 1h);
    CHECK(bench.count<action::Cancel>() == 0);
  }
  SUBCASE("a time without a view counts up to the old limit") {
    bench.now += 5h;
    bench.observe(100h, workers);
    CHECK(bench.queue().used >= 5h);
  }
}

TEST_CASE("an allocation that ends during a start without its queue is paid by that queue") {
  Bench bench({queueOf("a")});
  bench.lastWork = 100h;
  bench.observe(100h);
  std::string name = bench.employ()[0].allocation;
  bench.observe(100h, bench.lastWorkers, 20min);
  bench.lastWorkers.clear();
  bench.lastWork = 0s;
  bench.restart({queueOf("b")});
  bench.list({ended(name, "1")});
  CHECK(bench.saved.allocations.empty());

  bench.restart({queueOf("a")});

  CHECK(bench.queue().used >= 20min);
}

TEST_CASE("a queue that is not of this start keeps the node time that it has spent") {
  Bench bench({queueOf("a")});
  bench.lastWork = 100h;
  for (int i = 1; i <= 2; ++i) {
    bench.observe(100h);
    std::string name = bench.employ()[0].allocation;
    bench.observe(100h, bench.lastWorkers, 20min);
    bench.lastWorkers.clear();
    if (i == 2) bench.restart({queueOf("b")});
    bench.list({ended(name, std::to_string(i))});
  }
  bench.restart({queueOf("a")});
  CHECK(bench.queue().used >= 40min);
}

TEST_CASE("a queue stays paused with its reason until it is resumed") {
  Bench bench({queueOf("a"), queueOf("b")});
  bench.handle(event::QueuePaused{1, "maintenance"});
  bench.restart();
  bench.observe(100h);
  CHECK(bench.queue(0).pausedBecause == std::nullopt);
  CHECK(bench.queue(1).pausedBecause == "maintenance");
  CHECK(
      bench.hasTold("slurm: -p b is paused since an earlier start: maintenance; to resume it, "
                    "run: pi-scheduler elastic resume 2"));

  bench.handle(event::QueueResumed{1});
  bench.restart();
  CHECK(bench.queue(1).pausedBecause == std::nullopt);
}

TEST_CASE("a queue that its failures have paused is paused after a restart") {
  Bench bench({queueOf("a")});
  bench.observe(100h);
  for (int i = 0; i < 3; ++i) {
    for (const auto& submit : bench.takeAll<action::Submit>()) {
      bench.handle(event::SubmitFailed{
          submit.request.name, {.sentence = "no partition", .kind = BatchFailure::Kind::kRefused}});
    }
    bench.observe(100h, {}, 5min);
  }
  bench.restart();
  bench.observe(100h);
  CHECK(bench.queue().pausedBecause == "no partition");
  CHECK(bench.count<action::Submit>() == 0);
}

}  // namespace
}  // namespace pi::allocation
