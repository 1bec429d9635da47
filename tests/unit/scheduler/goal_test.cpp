#include "scheduler/core/goal.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "common/model/target.h"
#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

constexpr std::uint64_t kEnd = 400;

// Needs prefixes of doubling length, up to 400 samples: how an error bound would be checked.
GoalStep growingPrefixes(const JobSpec& spec, const Progress& progress) {
  std::uint64_t needed = spec.samples;
  while (needed < kEnd && progress.samples() >= needed) needed *= 2;
  return {.samples = needed, .isReached = progress.samples() >= std::max(needed, kEnd)};
}

Config growing() {
  Config config = Cluster::config();
  config.goal = growingPrefixes;
  return config;
}

TEST_CASE("a job whose goal grows is lent more until the goal is reached") {
  Cluster cluster(growing());
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(100);
  std::uint64_t exchanges = 0;
  Actions last;
  while (cluster.job(job).state != JobState::kFinished && ++exchanges < 100) {
    last = cluster.report(ann, tallyOf(cluster.lend(ann)));
  }

  CHECK(cluster.job(job).state == JobState::kFinished);
  CHECK(cluster.job(job).samplesCounted == 400);
  CHECK(cluster.job(job).hits.total() == 400);
  CHECK(cluster.job(job).spec.samples == 400);
  CHECK(only<action::AnnounceEnd>(last).size() == 1);
}

TEST_CASE("each new goal of a job is served at once beside an endless job") {
  Cluster cluster(growing());
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(100);
  cluster.submit(1'000'000);
  std::uint64_t raised = 0;
  std::vector<Lease> held;
  auto take = [&](const Actions& actions) {
    for (const action::Lend& lend : only<action::Lend>(actions)) {
      held.insert(held.end(), lend.leases.begin(), lend.leases.end());
    }
    for (const action::Truncate& asked : only<action::Truncate>(actions)) {
      std::erase_if(held, [&](const Lease& lease) { return lease.id == asked.lease; });
      cluster.handle(event::LeaseTruncated{ann, asked.lease, 0});
    }
  };
  for (int i = 0; i < 100 && cluster.job(job).state != JobState::kFinished; ++i) {
    // The next lease is in hand.
    for (int asked = 0; held.size() < 2 && asked < 2; ++asked) take(cluster.exchange(ann));
    REQUIRE(held.size() == 2);
    Lease lease = held.front();
    held.erase(held.begin());
    // The samples that follow a new goal are a part of it.
    if (std::uint64_t goals = cluster.core().metrics().goalsRaised; goals > raised) {
      raised = goals;
      CHECK(lease.job == job);
    }
    take(cluster.report(ann, tallyOf(lease)));
  }

  CHECK(cluster.job(job).state == JobState::kFinished);
  CHECK(cluster.core().metrics().goalsRaised == 2);
  CHECK(cluster.core().metrics().preemptions >= 2);
}

TEST_CASE("a tally beyond the samples that are needed so far is impossible") {
  Cluster cluster(growing());
  WorkerId ann = cluster.join();
  cluster.submit(100);
  Lease lease = cluster.lend(ann);

  Actions actions = cluster.report(ann, tallyOf(lease, {.begin = 100, .end = 150}));

  REQUIRE(only<action::DropTally>(actions).size() == 1);
  CHECK(only<action::DropTally>(actions)[0].reason == DropReason::kImpossible);
}

TEST_CASE("a job whose goal grew continues after a restart with what it needs then") {
  SavedJob saved;
  saved.record.id = JobId{1};
  saved.record.spec = {.samples = 100, .chunkSize = 1};
  saved.record.state = JobState::kRunning;
  SampleRange counted{.begin = 0, .end = 150};
  saved.fragments = {
      {.tally = {.range = counted, .hits = {.strata = {150}}}, .contributor = WorkerId{3}}};
  Cluster cluster(growing(), {.jobs = {saved}, .lastJob = JobId{1}, .epoch = 1});
  cluster.pass(std::chrono::seconds(10));
  WorkerId ann = cluster.join();

  Lease lease = cluster.lend(ann);

  CHECK(lease.range.begin >= 150);
  CHECK(lease.range.end <= 200);
}

// Needs half of the samples that the user asked for.
GoalStep halfOfThem(const JobSpec& spec, const Progress& progress) {
  return {.samples = spec.samples / 2, .isReached = progress.samples() >= spec.samples / 2};
}

TEST_CASE("only the goal knows how many samples a new job needs") {
  Config config = Cluster::config();
  config.goal = halfOfThem;
  Cluster cluster(config);
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(100);

  while (cluster.job(job).state != JobState::kFinished) {
    Lease lease = cluster.lend(ann);
    CHECK(lease.range.end <= 50);
    cluster.report(ann, tallyOf(lease));
  }

  CHECK(cluster.job(job).samplesCounted == 50);
}

TEST_CASE("the goal of a plain job is its number of samples") {
  JobSpec spec{.samples = 25, .chunkSize = 10};
  Progress progress(spec.stream, spec.samples, spec.chunkSize);
  progress.add({.range = {.begin = 0, .end = 24}, .hits = {}});
  CHECK_FALSE(goalOf(spec, progress).isReached);
  CHECK(goalOf(spec, progress).samples == 25);

  progress.add({.range = {.begin = 24, .end = 25}, .hits = {}});

  CHECK(goalOf(spec, progress).isReached);
}

// All samples up to `samples` are counted.  Every stratum has the same hits but one, which has
// `offset` more.
Progress progressTo(const JobSpec& spec, std::uint64_t samples, std::uint64_t offset) {
  Progress progress(spec.stream, spec.samples, spec.chunkSize);
  Hits hits;
  hits.strata.fill(samples / 16 * 3 / 4);
  hits.strata[3] += offset;
  progress.add({.range = {.begin = 0, .end = samples}, .hits = hits});
  return progress;
}

TEST_CASE("a job with a target error ends at the first prefix that has it") {
  JobSpec spec{.stream = {.sampler = Sampler::kSobol},
               .samples = 1'000'000,
               .chunkSize = 100,
               .targetError = 0.001};
  Progress nothing(spec.stream, spec.samples, spec.chunkSize);
  std::uint64_t first = goalOf(spec, nothing).samples;
  CHECK(first == firstPrefix(spec));

  GoalStep precise = goalOf(spec, progressTo(spec, first, 0));
  CHECK(precise.isReached);
  CHECK(precise.samples == first);
  CHECK_FALSE(precise.isMissed);

  GoalStep rough = goalOf(spec, progressTo(spec, first, first / 64));
  CHECK_FALSE(rough.isReached);
  CHECK(rough.samples == 2 * first);
  // Between two prefixes the error is not looked at, however precise the estimate is.
  CHECK_FALSE(goalOf(spec, progressTo(spec, first + 16, 0)).isReached);
  CHECK(goalOf(spec, progressTo(spec, first + 16, 0)).samples == 2 * first);
}

TEST_CASE("a job whose target error is not reached ends with the most samples, and says so") {
  JobSpec spec{.stream = {.sampler = Sampler::kSobol},
               .samples = 3200,
               .chunkSize = 100,
               .targetError = 0.0001};
  GoalStep last = goalOf(spec, progressTo(spec, 3200, 50));
  CHECK(last.isReached);
  CHECK(last.isMissed);

  Config config = Cluster::config();
  Cluster cluster(config);
  WorkerId ann = cluster.join();
  JobId job = cluster.submit({.samples = 1000, .chunkSize = 100, .targetError = 0.001});
  while (cluster.job(job).state != JobState::kFinished) {
    cluster.report(ann, tallyOf(cluster.lend(ann)));
  }
  CHECK(cluster.job(job).samplesCounted == 1000);
  std::string reason = cluster.job(job).reason;
  for (const char* part : {"target error is not reached", "--max-samples", "pi-client extend"}) {
    CHECK(reason.find(part) != std::string::npos);
  }
}

}  // namespace
}  // namespace pi::scheduler
