#include "scheduler/core/goal.h"

#include <doctest/doctest.h>

#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

constexpr std::uint64_t kEnd = 400;

// Needs prefixes of doubling length, up to 400 samples: how an error bound would be checked.
GoalStep growingPrefixes(const JobSpec& spec, const Progress& progress) {
  std::uint64_t needed = spec.samples;
  while (needed < kEnd && progress.samples() >= needed) needed *= 2;
  return {.samples = needed, .isReached = progress.samples() >= kEnd};
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
  CHECK(cluster.job(job).spec.samples == 100);
  CHECK(only<action::AnnounceEnd>(last).size() == 1);
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
  CHECK_FALSE(fixedSamples(spec, progress).isReached);
  CHECK(fixedSamples(spec, progress).samples == 25);

  progress.add({.range = {.begin = 24, .end = 25}, .hits = {}});

  CHECK(fixedSamples(spec, progress).isReached);
}

}  // namespace
}  // namespace pi::scheduler
