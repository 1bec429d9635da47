#include "scheduler/store/plausible.h"

#include <doctest/doctest.h>

#include <functional>

namespace pi::scheduler {
namespace {

// Two jobs, one half computed and one finished.
Saved sound() {
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
  saved.jobs[1].fragments[1].tally.range.end = 100;
  return saved;
}

// Whether a state of which one thing is otherwise is found to be at fault.
bool isFound(const std::function<void(Saved&)>& change) {
  Saved saved = sound();
  change(saved);
  return !faultOf(saved).empty();
}

}  // namespace

TEST_CASE("a state is sound as a scheduler leaves it") {
  CHECK(faultOf(Saved{}) == "");
  CHECK(faultOf(sound()) == "");
  CHECK_FALSE(isFound([](Saved& saved) {
    saved.jobs[0].record.state = JobState::kCancelled;
    saved.jobs[0].fragments.clear();
  }));
}

TEST_CASE("job ids count upwards from 1 to the last") {
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.id = JobId{0}; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.id = JobId{2}; }));
  CHECK(isFound([](Saved& saved) { saved.lastJob = JobId{1}; }));
}

TEST_CASE("a job asks for what a user may ask for") {
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.spec.samples = 0; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.spec.samples = kSamplesEnd; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.spec.chunkSize = 0; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.spec.chunkSize = 101; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.spec.stream.sampler = Sampler(2); }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.state = JobState(5); }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.age = Duration(-1); }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.elapsed = Duration::max(); }));
}

TEST_CASE("fragments are in order, apart, inside of their job, and possible") {
  CHECK(isFound([](Saved& saved) { saved.jobs[0].fragments[1].tally.range.begin = 29; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].fragments[1].tally.range.end = 30; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].fragments[1].tally.range.end = 101; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].fragments[0].tally.hits.strata[0] = 31; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[0].fragments[0].tally.hits.strata[1] = 1; }));
  CHECK(isFound(
      [](Saved& saved) { std::swap(saved.jobs[0].fragments[0], saved.jobs[0].fragments[1]); }));
}

TEST_CASE("a job is finished exactly when all of it is counted") {
  CHECK(isFound([](Saved& saved) { saved.jobs[0].record.state = JobState::kFinished; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[1].record.state = JobState::kRunning; }));
  CHECK(isFound([](Saved& saved) { saved.jobs[1].record.state = JobState::kCancelled; }));
}

}  // namespace pi::scheduler
