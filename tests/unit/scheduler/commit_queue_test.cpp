#include "scheduler/core/commit_queue.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;

constexpr Duration kPeriod = milliseconds(100);
constexpr Instant kStart{};
constexpr JobId kJob{1}, kOther{2};

TEST_CASE("changes gather for a period") {
  CommitQueue commits(kPeriod);
  CHECK_FALSE(commits.dueAt().has_value());
  commits.change(kJob, kStart);
  commits.change(kOther, kStart + milliseconds(50));

  CHECK(commits.dueAt() == kStart + kPeriod);
  CHECK_FALSE(commits.isClean());
  commits.checkInvariants();
}

TEST_CASE("a batch for which a client waits is due at once") {
  CommitQueue commits(kPeriod);
  commits.change(kJob, kStart);
  commits.accept({.submission = SubmissionId{1}, .job = kJob}, kStart + milliseconds(10));

  CHECK(commits.dueAt() == kStart + milliseconds(10));
}

TEST_CASE("while one batch is committed the next one gathers and is not due") {
  CommitQueue commits(kPeriod);
  commits.end(kJob, kStart);
  CHECK(commits.begin(kStart).changed == std::set<JobId>{kJob});
  commits.end(kOther, kStart);
  CHECK_FALSE(commits.dueAt().has_value());

  CHECK(commits.finish().ended == std::vector<JobId>{kJob});

  CHECK(commits.dueAt() == kStart);
  CHECK(commits.begin(kStart).changed == std::set<JobId>{kOther});
  CHECK(commits.finish().ended == std::vector<JobId>{kOther});
  CHECK(commits.isClean());
  commits.checkInvariants();
}

TEST_CASE("a forgotten job is not saved in the same batch") {
  CommitQueue commits(kPeriod);
  commits.change(kJob, kStart);
  commits.forget(kJob, kStart);

  CommitQueue::Batch batch = commits.begin(kStart);

  CHECK(batch.changed.empty());
  CHECK(batch.forgotten == std::set<JobId>{kJob});
}

TEST_CASE("a failed commit takes back every submission that is not accepted, and nothing else") {
  CommitQueue commits(kPeriod);
  commits.accept({.submission = SubmissionId{1}, .job = kJob}, kStart);
  commits.end(kJob, kStart);
  commits.begin(kStart);
  commits.accept({.submission = SubmissionId{2}, .job = kOther}, kStart);
  commits.fail("the disk is full");
  CHECK(commits.failure() == "the disk is full");

  CHECK(commits.takeAccepted().size() == 2);

  CommitQueue::Promises kept = commits.finish();
  CHECK(kept.accepted.empty());
  CHECK(kept.ended == std::vector<JobId>{kJob});
  CHECK_FALSE(commits.failure());
  commits.checkInvariants();
}

TEST_CASE("a worker is told the last of its tallies that a batch has") {
  CommitQueue commits(kPeriod);
  commits.hear(WorkerId{5}, 3, kStart);
  commits.hear(WorkerId{5}, 4, kStart);
  commits.begin(kStart);
  commits.hear(WorkerId{5}, 9, kStart);

  CHECK(commits.finish().heard.at(WorkerId{5}) == 4);
}

}  // namespace
}  // namespace pi::scheduler
