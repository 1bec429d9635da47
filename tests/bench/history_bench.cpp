// Prints the time that the scheduler's core takes to remember a lease, and its memory over a day.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <random>

#include "scheduler/core/convergence.h"
#include "scheduler/core/lease_history.h"
#include "scheduler/core/throughput.h"
#include "tests/bench/core_trade.h"

namespace {

using namespace pi;

// All that is remembered when a lease of one of so many workers is counted as a whole, and nothing
// else.  The time is that of one lease.  The workers come in turn, or at random: then records are
// forgotten in another order than that in which they lie in memory.
void rememberLease(benchmark::State& state, bool isInTurn) {
  auto workers = static_cast<std::uint64_t>(state.range(0));
  scheduler::Config config;
  scheduler::JobTable jobs(config);
  scheduler::Job& job = jobs.add({.spec = {.samples = kSamplesEnd - 1, .chunkSize = 100}}, {});
  scheduler::LeaseHistory leases(config.history, jobs);
  scheduler::Convergence convergence(Sampler::kRandom, config.history.convergencePointsMax);
  scheduler::Throughput throughput(config.history.throughputPartsMax);
  constexpr std::uint64_t kSamples = 1'000;
  std::minstd_rand random;
  std::uint64_t number = 0;
  for (auto each : state) {
    (void)each;
    Duration elapsed = std::chrono::microseconds(20) * ++number;
    convergence.note(job.ledger, elapsed);
    throughput.add(kSamples, elapsed);
    leases.end({.lease = LeaseId{number},
                .worker = WorkerId{1 + (isInTurn ? number : random()) % workers},
                .job = job.id,
                .range = {.begin = number * kSamples, .end = (number + 1) * kSamples},
                .counted = kSamples,
                .hits = {.strata = {kSamples / 2}},
                .begunAt = Instant{} + elapsed},
               LeaseOutcome::kDone, Instant{} + elapsed);
  }
}
BENCHMARK_CAPTURE(rememberLease, inTurn, true)->Arg(2)->Arg(1'000);
BENCHMARK_CAPTURE(rememberLease, atRandom, false)->Arg(100)->Arg(1'000);

double residentMegabytes() {
  std::uint64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

// A day of the core's clock, with 1,000 workers and leases of 10 ms.  In the last two seconds of
// each hour every worker finishes one after the other, which replaces all records of leases; before
// that, one worker does each 100 ms.  It is no day at full speed: that would be 8.6 billion leases.
void day(benchmark::State& state) {
  constexpr std::size_t kWorkers = 1'000;
  constexpr Duration kLease = std::chrono::milliseconds(10);
  constexpr Duration kBusy = std::chrono::seconds(2);
  constexpr Duration kCalmStep = std::chrono::milliseconds(100);
  constexpr Duration kBusyStep = kLease / kWorkers;
  scheduler::Config config;
  config.lease = {.target = kLease, .minimum = std::chrono::milliseconds(1)};
  CoreTrade trade(config, kWorkers);
  std::int64_t leases = 0, mostOfHour = 0;
  Instant now{};
  auto runFor = [&](Duration length, Duration step) {
    std::int64_t before = leases;
    for (Instant end = now + length; now < end; now += step) leases += trade.step(now);
    return leases - before;
  };
  for (auto each : state) {
    (void)each;
    for (int hour = 1; hour <= 24; ++hour) {
      runFor(std::chrono::hours(1) - kBusy, kCalmStep);
      mostOfHour = std::max(mostOfHour, runFor(kBusy, kBusyStep));
      if (hour == 1) state.counters["MB_1h"] = residentMegabytes();
    }
    state.counters["MB_24h"] = residentMegabytes();
  }
  state.counters["leases"] = static_cast<double>(leases);
  state.counters["leases_per_second"] = static_cast<double>(mostOfHour) / seconds(kBusy);
}
BENCHMARK(day)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace

BENCHMARK_MAIN();
