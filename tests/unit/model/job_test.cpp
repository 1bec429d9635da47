#include "common/model/job.h"

#include <doctest/doctest.h>

namespace pi {
namespace {

TEST_CASE("the last chunk holds the remainder") {
  CHECK(JobSpec{.stream = {}, .samples = 10, .chunkSize = 5}.chunks() == 2);
  CHECK(JobSpec{.stream = {}, .samples = 11, .chunkSize = 5}.chunks() == 3);
  CHECK(JobSpec{.stream = {}, .samples = 1, .chunkSize = 1}.chunks() == 1);
  std::uint64_t most = kSamplesEnd - 1;
  CHECK(JobSpec{.stream = {}, .samples = most, .chunkSize = 1}.chunks() == most);
  CHECK(JobSpec{.stream = {}, .samples = most, .chunkSize = most}.chunks() == 1);
}

TEST_CASE("a job is over once it can no longer change") {
  CHECK_FALSE(isOver(JobState::kQueued));
  CHECK_FALSE(isOver(JobState::kRunning));
  CHECK(isOver(JobState::kFinished));
  CHECK(isOver(JobState::kCancelled));
  CHECK(isOver(JobState::kFailed));
}

TEST_CASE("the start and the end of a job are as far from its submission as its durations say") {
  JobInfo job{.spec = {},
              .state = JobState::kCancelled,
              .submittedOn = WallTime(std::chrono::seconds(1000)),
              .waiting = std::chrono::seconds(2),
              .hasStarted = true,
              .age = std::chrono::seconds(7)};
  CHECK(submissionOf(job) == WallTime(std::chrono::seconds(1000)));
  CHECK(startOf(job) == WallTime(std::chrono::seconds(1002)));
  CHECK(endOf(job) == WallTime(std::chrono::seconds(1007)));

  job.hasStarted = false;
  job.state = JobState::kRunning;
  CHECK(startOf(job) == std::nullopt);
  CHECK(endOf(job) == std::nullopt);
}

TEST_CASE("a time that is not known, or that no calendar has, is no time") {
  JobInfo job{.spec = {}, .state = JobState::kFinished, .hasStarted = true};
  CHECK(submissionOf(job) == std::nullopt);
  CHECK(startOf(job) == std::nullopt);
  CHECK(endOf(job) == std::nullopt);

  job.submittedOn = WallTime::max();
  job.waiting = job.age = Duration(1);
  CHECK(startOf(job) == std::nullopt);
  CHECK(endOf(job) == std::nullopt);
}

TEST_CASE("each state has the name that users see") {
  CHECK(name(JobState::kQueued) == "queued");
  CHECK(name(JobState::kRunning) == "running");
  CHECK(name(JobState::kFinished) == "finished");
  CHECK(name(JobState::kCancelled) == "cancelled");
  CHECK(name(JobState::kFailed) == "failed");
}

}  // namespace
}  // namespace pi
