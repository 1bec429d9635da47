#include "scheduler/core/job_table.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

const JobSpec kSpec{.samples = 100, .chunkSize = 10};

TEST_CASE("jobs are numbered from 1, and a request names its job") {
  const Config config;
  JobTable jobs(config);
  Job& first = jobs.add({.spec = kSpec, .requestId = "ask", .uid = JobUid{{1}}}, Instant{});
  Job& second = jobs.add({.spec = kSpec}, Instant{});

  CHECK(first.id == JobId{1});
  CHECK(second.id == JobId{2});
  CHECK(first.uid == JobUid{{1}});
  CHECK(jobs.ofRequest("ask") == &first);
  CHECK(jobs.ofRequest("other") == nullptr);
  CHECK(jobs.ofRequest("") == nullptr);
  jobs.checkInvariants();
}

TEST_CASE("a withdrawn job leaves no trace but its number") {
  const Config config;
  JobTable jobs(config);
  JobId first = jobs.add({.spec = kSpec, .requestId = "ask"}, Instant{}).id;

  jobs.withdraw(first);

  CHECK(jobs.find(first) == nullptr);
  CHECK(jobs.ofRequest("ask") == nullptr);
  CHECK(jobs.unfinished() == 0);
  CHECK(jobs.add({.spec = kSpec, .requestId = "ask"}, Instant{}).id == JobId{2});
  jobs.checkInvariants();
}

TEST_CASE("a job that is withdrawn after its end has no end to announce") {
  const Config config;
  JobTable jobs(config);
  Job& job = jobs.add({.spec = kSpec}, Instant{});
  jobs.end(job, JobState::kCancelled, "", Instant{});
  CHECK(jobs.endsToAnnounce() == 1);

  jobs.withdraw(job.id);

  CHECK(jobs.endsToAnnounce() == 0);
  jobs.checkInvariants();
}

// Keeps two jobs, all that are younger than a minute, and five at most.
Config smallConfig() {
  Config config;
  config.endedJobsKept = 2;
  config.endedJobsKeptFor = std::chrono::minutes(1);
  config.endedJobsMax = 5;
  return config;
}

JobId addEnded(JobTable& jobs, const std::string& submitter, Instant now) {
  Job& job = jobs.add({.spec = {.samples = 100, .chunkSize = 10, .submitter = submitter}}, now);
  jobs.end(job, JobState::kCancelled, "", now);
  jobs.announce(job);
  return job.id;
}

TEST_CASE("jobs that ended long ago are forgotten, but not the last ones") {
  Config config = smallConfig();
  JobTable jobs(config);
  Instant now{};
  JobId first = addEnded(jobs, "ann", now);
  JobId second = addEnded(jobs, "ann", now + std::chrono::seconds(1));
  for (int i = 0; i < 2; ++i) addEnded(jobs, "ann", now + std::chrono::seconds(2));
  now += std::chrono::minutes(1);
  CHECK(jobs.forgetOld(now - Duration(1)).empty());

  CHECK(jobs.forgetOld(now) == std::vector<JobId>{first});
  CHECK(jobs.forgetOld(now + std::chrono::hours(1)) == std::vector<JobId>{second});
  CHECK(jobs.forgetOld(now + std::chrono::hours(1)).empty());
  CHECK(jobs.find(first) == nullptr);
  CHECK(jobs.all().size() == 2);
  jobs.checkInvariants();
}

TEST_CASE("at the limit the oldest job of the submitter who has most is forgotten") {
  Config config = smallConfig();
  JobTable jobs(config);
  JobId bob = addEnded(jobs, "bob", Instant{});
  JobId first = addEnded(jobs, "ann", Instant{});
  for (int i = 0; i < 3; ++i) addEnded(jobs, "ann", Instant{});
  CHECK(jobs.forgetOld(Instant{}).empty());

  addEnded(jobs, "eve", Instant{});

  CHECK(jobs.forgetOld(Instant{}) == std::vector<JobId>{first});
  CHECK(jobs.find(bob) != nullptr);
  jobs.checkInvariants();
}

TEST_CASE("if submitters have equally many jobs, the one with the oldest job loses it") {
  Config config = smallConfig();
  JobTable jobs(config);
  Instant now{};
  for (const char* submitter : {"ann", "bob", "eve", "bob", "ann", "eve"}) {
    now += std::chrono::seconds(1);
    addEnded(jobs, submitter, now);
  }
  CHECK(jobs.forgetOld(now) == std::vector<JobId>{JobId{1}});
  addEnded(jobs, "ann", now);
  CHECK(jobs.forgetOld(now) == std::vector<JobId>{JobId{2}});
}

TEST_CASE("many old jobs are forgotten in several steps") {
  Config config = smallConfig();
  config.endedJobsMax = 1000;
  JobTable jobs(config);
  for (int i = 0; i < 250; ++i) addEnded(jobs, "ann", Instant{});
  Instant later = Instant{} + std::chrono::hours(1);
  CHECK(jobs.forgetOld(later).size() == 100);
  CHECK(jobs.forgetOld(later).size() == 100);
  CHECK(jobs.forgetOld(later).size() == 48);
  CHECK(jobs.forgetOld(later).empty());
  jobs.checkInvariants();
}

TEST_CASE("an end that is not committed makes no other job be forgotten") {
  Config config = smallConfig();
  config.endedJobsKept = 1;
  config.endedJobsKeptFor = {};
  JobTable jobs(config);
  addEnded(jobs, "ann", Instant{});
  jobs.end(jobs.add({.spec = kSpec}, Instant{}), JobState::kCancelled, "", Instant{});

  CHECK(jobs.forgetOld(Instant{}).empty());
}

TEST_CASE("after a restart the jobs that ended first are still forgotten first") {
  Config config = smallConfig();
  config.endedJobsKept = 1;
  JobTable jobs(config);
  Instant now = Instant{} + std::chrono::hours(1);
  for (auto [id, ageAtEnd] : {std::pair(JobId{1}, 50), std::pair(JobId{2}, 10)}) {
    SavedJob saved;
    saved.record = {.id = id,
                    .spec = kSpec,
                    .state = JobState::kCancelled,
                    .reason = "",
                    .requestId = "",
                    .age = std::chrono::seconds(60),
                    .ageAtEnd = std::chrono::seconds(ageAtEnd)};
    jobs.restore(saved, now);
  }
  jobs.setLastId(JobId{2});
  CHECK(jobs.forgetOld(now + std::chrono::seconds(9)).empty());  // It ended 50 seconds before now.

  CHECK(jobs.forgetOld(now + std::chrono::seconds(10)) == std::vector<JobId>{JobId{2}});
  jobs.checkInvariants();
}

TEST_CASE("the end of a job is shown only after it is committed") {
  const Config config;
  JobTable jobs(config);
  Job& job = jobs.add({.spec = kSpec}, Instant{});
  jobs.end(job, JobState::kFailed, "no luck", Instant{});
  CHECK(infoOf(job, {}, Instant{}).state == JobState::kQueued);
  CHECK(infoOf(job, {}, Instant{}).reason == "");

  jobs.announce(job);

  CHECK(infoOf(job, {}, Instant{}).state == JobState::kFailed);
  CHECK(infoOf(job, {}, Instant{}).reason == "no luck");
}

TEST_CASE("a contributor counts with the most threads that it had") {
  Contributors contributors;
  WorkerProfile profile;
  profile.name = "ada";
  profile.host = "node1";
  for (auto [worker, threads] : {std::pair{1, 4}, {1, 2}, {2, 3}, {1, 8}}) {
    contributors.add(WorkerId(worker), profile, {.threads = std::uint32_t(threads)}, 10);
  }
  CHECK(contributors.counting() == 2);
  CHECK(contributors.threads() == 11);
  CHECK(contributors.takeChanges() ==
        std::vector<Contributor>{{WorkerId{1}, "ada", "node1", {.threads = 8}},
                                 {WorkerId{2}, "ada", "node1", {.threads = 3}}});
  CHECK(contributors.takeChanges().empty());
  contributors.checkInvariants();
}

TEST_CASE("a worker that was lent something is listed, and counts only with its first tally") {
  Contributors contributors;
  WorkerProfile profile;
  profile.name = "ada";
  profile.host = "node1";
  contributors.add(WorkerId{1}, profile, {.leases = 1}, 10);
  contributors.add(WorkerId{1}, profile, {.leases = 1, .secondLeases = 1}, 10);
  contributors.add(WorkerId{1}, profile, {.samplesDropped = 7}, 10);
  CHECK(contributors.counting() == 0);
  CHECK(contributors.takeChanges() ==
        std::vector<Contributor>{
            {WorkerId{1}, "ada", "node1", {.leases = 2, .secondLeases = 1, .samplesDropped = 7}}});
  contributors.add(WorkerId{1}, profile, {.threads = 2, .samplesConfirmed = 5}, 10);
  CHECK(contributors.counting() == 1);
  CHECK(contributors.threads() == 2);
  contributors.checkInvariants();
}

TEST_CASE("beyond their limit new contributors are not recorded, and known ones still are") {
  Contributors contributors;
  contributors.add(WorkerId{1}, {}, {.threads = 1}, 1);
  contributors.add(WorkerId{2}, {}, {.threads = 5}, 1);
  contributors.add(WorkerId{1}, {}, {.threads = 2}, 1);

  CHECK(contributors.counting() == 1);
  CHECK(contributors.threads() == 2);
}

}  // namespace
}  // namespace pi::scheduler
