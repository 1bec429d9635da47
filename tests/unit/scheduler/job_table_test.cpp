#include "scheduler/core/job_table.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

constexpr JobSpec kSpec{.samples = 100, .chunkSize = 10};

// An ended job that is announced.
JobId addEnded(JobTable& jobs) {
  Job& job = jobs.add(kSpec, "", {}, Instant{});
  jobs.end(job, JobState::kCancelled, "", Instant{});
  jobs.announce(job);
  return job.id;
}

TEST_CASE("jobs are numbered from 1, and a request names its job") {
  JobTable jobs{Config{}};
  Job& first = jobs.add(kSpec, "ask", JobUid{{1}}, Instant{});
  Job& second = jobs.add(kSpec, "", {}, Instant{});

  CHECK(first.id == JobId{1});
  CHECK(second.id == JobId{2});
  CHECK(first.uid == JobUid{{1}});
  CHECK(jobs.ofRequest("ask") == &first);
  CHECK(jobs.ofRequest("other") == nullptr);
  CHECK(jobs.ofRequest("") == nullptr);
  jobs.checkInvariants();
}

TEST_CASE("a withdrawn job leaves no trace but its number") {
  JobTable jobs{Config{}};
  JobId first = jobs.add(kSpec, "ask", {}, Instant{}).id;

  jobs.withdraw(first);

  CHECK(jobs.find(first) == nullptr);
  CHECK(jobs.ofRequest("ask") == nullptr);
  CHECK(jobs.unfinished() == 0);
  CHECK(jobs.add(kSpec, "ask", {}, Instant{}).id == JobId{2});
  jobs.checkInvariants();
}

TEST_CASE("a job that is withdrawn after its end has no end to announce") {
  JobTable jobs{Config{}};
  Job& job = jobs.add(kSpec, "", {}, Instant{});
  jobs.end(job, JobState::kCancelled, "", Instant{});
  CHECK(jobs.endsToAnnounce() == 1);

  jobs.withdraw(job.id);

  CHECK(jobs.endsToAnnounce() == 0);
  jobs.checkInvariants();
}

TEST_CASE("the jobs that ended first are forgotten first, beyond the limit") {
  Config config;
  config.finishedJobsMax = 2;
  JobTable jobs(config);
  JobId first = addEnded(jobs);
  addEnded(jobs);
  CHECK(jobs.forgetOld().empty());

  addEnded(jobs);

  CHECK(jobs.forgetOld() == std::vector<JobId>{first});
  CHECK(jobs.find(first) == nullptr);
  jobs.checkInvariants();
}

TEST_CASE("an end that is not committed makes no other job be forgotten") {
  Config config;
  config.finishedJobsMax = 1;
  JobTable jobs(config);
  addEnded(jobs);
  jobs.end(jobs.add(kSpec, "", {}, Instant{}), JobState::kCancelled, "", Instant{});

  CHECK(jobs.forgetOld().empty());
}

TEST_CASE("after a restart the jobs that ended first are still forgotten first") {
  Config config;
  config.finishedJobsMax = 1;
  JobTable jobs(config);
  Instant now = Instant{} + std::chrono::hours(1);
  for (auto [id, elapsed] : {std::pair(JobId{1}, 50), std::pair(JobId{2}, 10)}) {
    SavedJob saved;
    saved.record = {.id = id,
                    .spec = kSpec,
                    .state = JobState::kCancelled,
                    .reason = "",
                    .requestId = "",
                    .age = std::chrono::seconds(60),
                    .elapsed = std::chrono::seconds(elapsed)};
    jobs.restore(saved, now);
  }
  jobs.setLastId(JobId{2});

  CHECK(jobs.forgetOld() == std::vector<JobId>{JobId{2}});
  jobs.checkInvariants();
}

TEST_CASE("the end of a job is shown only after it is committed") {
  JobTable jobs{Config{}};
  Job& job = jobs.add(kSpec, "", {}, Instant{});
  jobs.end(job, JobState::kFailed, "no luck", Instant{});
  CHECK(infoOf(job, 0, Instant{}).state == JobState::kRunning);
  CHECK(infoOf(job, 0, Instant{}).reason == "");

  jobs.announce(job);

  CHECK(infoOf(job, 0, Instant{}).state == JobState::kFailed);
  CHECK(infoOf(job, 0, Instant{}).reason == "no luck");
}

TEST_CASE("a contributor counts with the most threads that it had") {
  Contributors contributors;
  contributors.add(WorkerId{1}, 4, 10);
  contributors.add(WorkerId{1}, 2, 10);
  contributors.add(WorkerId{2}, 3, 10);
  contributors.add(WorkerId{1}, 8, 10);

  CHECK(contributors.count() == 2);
  CHECK(contributors.threads() == 11);
  CHECK(contributors.takeChanges() == std::vector<Contributor>{{WorkerId{1}, 8}, {WorkerId{2}, 3}});
  CHECK(contributors.takeChanges().empty());
  contributors.checkInvariants();
}

TEST_CASE("beyond their limit new contributors are not recorded, and known ones still are") {
  Contributors contributors;
  contributors.add(WorkerId{1}, 1, 1);
  contributors.add(WorkerId{2}, 5, 1);
  contributors.add(WorkerId{1}, 2, 1);

  CHECK(contributors.count() == 1);
  CHECK(contributors.threads() == 2);
}

}  // namespace
}  // namespace pi::scheduler
