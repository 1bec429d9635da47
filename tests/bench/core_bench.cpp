// Prints how long the scheduler's core takes to read a job that has few or many fragments, and to
// count a lease and lend the next one.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "scheduler/core/scheduler.h"
#include "tests/bench/core_trade.h"

namespace {

using namespace pi;

// Two workers alternate, so that neighbouring tallies are different fragments.
scheduler::Saved savedJob(std::uint64_t fragments) {
  constexpr std::uint64_t kSamples = 1000;
  scheduler::SavedJob job;
  job.record.id = JobId{1};
  job.record.uid = {{1}};
  job.record.spec = {.samples = (fragments + 1) * kSamples, .chunkSize = 300};
  job.record.state = JobState::kRunning;
  for (std::uint64_t i = 0; i < fragments; ++i) {
    job.fragments.push_back(
        {.tally = {.range = {.begin = i * kSamples, .end = (i + 1) * kSamples}, .hits = {}},
         .contributor = WorkerId{1 + i % 2}});
  }
  return {.jobs = {job}, .lastJob = JobId{1}, .epoch = 1};
}

void readJob(benchmark::State& state) {
  scheduler::Config config;
  scheduler::Scheduler core(config, savedJob(static_cast<std::uint64_t>(state.range(0))));
  Instant now{};
  for (auto each : state) {
    (void)each;
    benchmark::DoNotOptimize(core.job(JobId{1}, now));
  }
}
BENCHMARK(readJob)->Arg(1)->Arg(1'000)->Arg(200'000);

// Workers in turn bring the tallies of their leases, and are lent the next ones.  The time is that
// of one lease.
void countAndLend(benchmark::State& state) {
  scheduler::Config config{.block = {.random = 1}};
  config.lease = {.target = std::chrono::microseconds(20), .minimum = std::chrono::microseconds(1)};
  CoreTrade trade(config, static_cast<std::size_t>(state.range(0)));
  Instant now{};
  std::int64_t leases = 0;
  for (auto each : state) {
    (void)each;
    now += std::chrono::microseconds(20);
    leases += trade.step(now);
  }
  state.SetItemsProcessed(leases);
}
BENCHMARK(countAndLend)->Arg(2)->Arg(1'000);

}  // namespace

BENCHMARK_MAIN();
