// Prints how long the scheduler's core takes to read a job that has few or many fragments, and to
// count a lease and lend the next one.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <variant>
#include <vector>

#include "scheduler/core/scheduler.h"

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

// Every sample of the lease is computed, and the hits are as many as are to be expected.
LeaseTally tallyOf(const Lease& lease) {
  constexpr std::uint64_t kPer1000 = 785;
  return {
      .lease = lease.id,
      .job = lease.job,
      .tally = {.range = lease.range, .hits = {.strata = {lease.range.size() * kPer1000 / 1000}}},
      .busy = std::chrono::microseconds(20)};
}

// Workers in turn bring the tallies of their leases, and are lent the next ones.  The time is that
// of one lease.
void countAndLend(benchmark::State& state) {
  scheduler::Config config{.block = {.random = 1}};
  config.lease = {.target = std::chrono::microseconds(20), .minimum = std::chrono::microseconds(1)};
  Instant now{};
  scheduler::Scheduler core(config, {}, now);
  JobSpec spec{.samples = kSamplesEnd - 1, .chunkSize = 100};
  core.handle(scheduler::event::JobSubmitted{.spec = spec, .uid = {{1}}}, now);
  std::vector<std::vector<LeaseTally>> done(static_cast<std::size_t>(state.range(0)));
  for (std::size_t i = 0; i < done.size(); ++i) {
    WorkerProfile profile{.name = "", .host = "", .kernel = "", .batchJob = ""};
    profile.samplesPerSecond = 1'000'000'000;
    core.handle(
        scheduler::event::WorkerJoined{
            .worker = WorkerId{i + 1}, .profile = profile, .lent = {}, .held = {}, .done = {}},
        now);
  }
  std::int64_t leases = 0;
  std::size_t next = 0;
  for (auto each : state) {
    (void)each;
    now += std::chrono::microseconds(20);
    scheduler::event::Exchanged exchanged{.worker = WorkerId{next + 1}, .done = done[next]};
    done[next].clear();
    bool isSaved = false;
    for (const scheduler::Action& action : core.handle(exchanged, now)) {
      isSaved |= std::holds_alternative<scheduler::action::Commit>(action);
      const auto* lend = std::get_if<scheduler::action::Lend>(&action);
      if (lend == nullptr) continue;
      for (const Lease& lease : lend->leases) done[next].push_back(tallyOf(lease));
      leases += static_cast<std::int64_t>(lend->leases.size());
    }
    if (isSaved) core.handle(scheduler::event::Committed{}, now);
    next = (next + 1) % done.size();
  }
  state.SetItemsProcessed(leases);
}
BENCHMARK(countAndLend)->Arg(2)->Arg(1'000);

}  // namespace

BENCHMARK_MAIN();
