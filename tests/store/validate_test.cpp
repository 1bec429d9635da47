#include "scheduler/store/validate.h"

#include <doctest/doctest.h>

#include <functional>

namespace pi::scheduler {
namespace {

// Two jobs: one is half computed, the other is finished.
Saved validState() {
  Saved saved{.jobs = std::vector<SavedJob>(2), .lastJob = JobId{2}};
  for (std::uint64_t id : {1u, 2u}) {
    SavedJob& job = saved.jobs[id - 1];
    job.record.id = JobId{id};
    job.record.uid.bytes[15] = static_cast<std::uint8_t>(id);
    job.record.spec.samples = 100;
    job.record.spec.chunkSize = 10;
    job.fragments = {
        {.tally = {.range = {0, 30}, .hits = {.strata = {30}}}, .contributor = WorkerId{1}},
        {.tally = {.range = {30, 50}, .hits = {}}, .contributor = WorkerId{2}}};
  }
  saved.jobs[0].record.state = JobState::kRunning;
  saved.jobs[1].record.state = JobState::kFinished;
  saved.jobs[1].record.ageAtEnd = Duration(5);
  saved.jobs[1].fragments[1].tally.range.end = 100;
  saved.jobs[0].points = {
      {.number = 1, .samples = 20, .hits = {.strata = {20}}, .elapsed = Duration(1)},
      {.number = 3, .samples = 50, .hits = {.strata = {30}}, .elapsed = Duration(1)}};
  return saved;
}

// Applies one change to the valid state; true if validate() then refuses it.
bool isRefused(const std::function<void(Saved&)>& change) {
  Saved saved = validState();
  change(saved);
  return validate(saved).has_value();
}

}  // namespace

TEST_CASE("a state that a scheduler can have is valid") {
  CHECK(validate(Saved{}) == std::nullopt);
  CHECK(validate(validState()) == std::nullopt);
  CHECK_FALSE(isRefused([](Saved& saved) {
    saved.jobs[0].record.state = JobState::kCancelled;
    saved.jobs[0].record.ageAtEnd = Duration{};
    saved.jobs[0].fragments.clear();
  }));
}

TEST_CASE("job ids rise and are between 1 and the last id") {
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.id = JobId{0}; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.id = JobId{2}; }));
  CHECK(isRefused([](Saved& saved) { saved.lastJob = JobId{1}; }));
}

TEST_CASE("each job has a uid of its own and a stream version") {
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.uid = {}; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.uid = saved.jobs[1].record.uid; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.streamVersion = 0; }));
  CHECK_FALSE(isRefused([](Saved& saved) { saved.jobs[0].record.streamVersion = 7; }));
}

TEST_CASE("a job's values are in their ranges") {
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.spec.samples = 0; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.spec.samples = kSamplesEnd; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.spec.chunkSize = 0; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.spec.chunkSize = 101; }));
  CHECK(isRefused(
      [](Saved& saved) { saved.jobs[0].record.spec.stream.sampler = Sampler(kSamplers.size()); }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.state = JobState(5); }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.age = Duration(-1); }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.elapsed = Duration::max(); }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.waiting = Duration(-1); }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[1].record.ageAtEnd = Duration::max(); }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.spec.name = "a\nb"; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.spec.submitter = "\x1b[2J"; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.spec.name = std::string(129, 'x'); }));
}

TEST_CASE("a job has an age at its end exactly if it is over") {
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].record.ageAtEnd = Duration(5); }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[1].record.ageAtEnd.reset(); }));
}

TEST_CASE(
    "fragments are in order, do not overlap, lie inside their job, and have no more hits than "
    "samples") {
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].fragments[1].tally.range.begin = 29; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].fragments[1].tally.range.end = 30; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].fragments[1].tally.range.end = 101; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].fragments[0].tally.hits.strata[0] = 31; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].fragments[0].tally.hits.strata[1] = 1; }));
  CHECK(isRefused(
      [](Saved& saved) { std::swap(saved.jobs[0].fragments[0], saved.jobs[0].fragments[1]); }));
}

TEST_CASE("points of a job are in order, possible, and grow unless they are corrected") {
  auto isPointRefused = [](const std::function<void(ConvergencePoint&)>& change) {
    return isRefused([&](Saved& saved) { change(saved.jobs[0].points[1]); });
  };
  CHECK(isPointRefused([](ConvergencePoint& point) { point.number = 1; }));
  CHECK(isPointRefused([](ConvergencePoint& point) { point.number = 0xFFFFFFFF; }));
  CHECK(isPointRefused([](ConvergencePoint& point) { point.samples = 20; }));
  CHECK(isPointRefused([](ConvergencePoint& point) { point.samples = kSamplesEnd; }));
  CHECK(isPointRefused([](ConvergencePoint& point) { point.hits.strata[0] = 51; }));
  CHECK(isPointRefused([](ConvergencePoint& point) { point.hits.strata[1] = 21; }));
  CHECK(isPointRefused([](ConvergencePoint& point) { point.elapsed = Duration(0); }));
  CHECK(isPointRefused([](ConvergencePoint& point) { point.elapsed = Duration::max(); }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].points[0].number = 0; }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[0].points[0].samples = 0; }));
  CHECK_FALSE(isPointRefused([](ConvergencePoint& point) {
    point.samples = 10;
    point.hits.strata[0] = 10;
    point.isCorrected = true;
  }));
}

TEST_CASE("points need not agree with what is counted: the scheduler marks that") {
  CHECK_FALSE(isRefused([](Saved& saved) { saved.jobs[0].points[1].samples = 70; }));
}

TEST_CASE("a job is finished exactly when all its samples are counted") {
  CHECK(isRefused([](Saved& saved) {
    saved.jobs[0].record.state = JobState::kFinished;
    saved.jobs[0].record.ageAtEnd = Duration(5);
  }));
  CHECK(isRefused([](Saved& saved) {
    saved.jobs[1].record.state = JobState::kRunning;
    saved.jobs[1].record.ageAtEnd.reset();
  }));
  CHECK(isRefused([](Saved& saved) { saved.jobs[1].record.state = JobState::kCancelled; }));
}

// Needs twice as many samples as the user asked for once these are counted.
GoalStep growing(const JobSpec& spec, const Progress& progress) {
  bool hasGrown = progress.samples() >= spec.samples;
  return {.samples = hasGrown ? 2 * spec.samples : spec.samples,
          .isReached = progress.samples() >= 2 * spec.samples};
}

TEST_CASE("a job whose goal grew may have fragments up to what the goal asks for, and not beyond") {
  Saved saved = validState();
  saved.jobs.pop_back();
  Fragment& last = saved.jobs[0].fragments.back();
  last.tally.range.end = 150;
  CHECK(validate(saved, growing) == std::nullopt);
  CHECK(validate(saved) != std::nullopt);
  last.tally.range.end = 200;
  CHECK(validate(saved, growing) == "job 1 is complete but not finished");
  last.tally.range.end = 201;
  CHECK(validate(saved, growing) == "job 1 has fragments that lie outside the job");
  last.tally.range.begin = 100;
  last.tally.range.end = 150;
  saved.jobs[0].fragments.erase(saved.jobs[0].fragments.begin());
  CHECK(validate(saved, growing) == "job 1 has fragments that lie outside the job");
}

}  // namespace pi::scheduler
