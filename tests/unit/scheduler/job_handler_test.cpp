#include <algorithm>
#include <array>
#include <map>

#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

JobSpec specOf(std::uint64_t samples) { return {.samples = samples, .chunkSize = 1}; }

// A cluster whose store takes its time.
struct SlowCluster : Cluster {
  explicit SlowCluster(const Config& config = Cluster::config()) : Cluster(config) {
    setStore(Store::kSlow);
  }
  Actions submitAs(const std::string& requestId, std::uint64_t samples = 1000) {
    return handle(event::JobSubmitted{
        .spec = specOf(samples), .requestId = requestId, .submission = SubmissionId{++asked}});
  }
  JobId submitAndCommit(std::uint64_t samples) {
    submit(samples);
    handle(event::Committed{});
    return core().lastJob();
  }
  std::uint64_t asked = 0;
};

// The saved state of a previous scheduler: a running job with counted samples.
Saved savedJob(std::uint64_t samples, const std::vector<SampleRange>& counted) {
  SavedJob job;
  job.contributors = {{.worker = WorkerId{3}, .share = {.threads = 4}}};
  job.record.id = JobId{7};
  job.record.spec = specOf(samples);
  job.record.state = JobState::kRunning;
  job.record.requestId = "before";
  job.record.age = seconds(60);
  job.record.elapsed = seconds(50);
  for (SampleRange range : counted) {
    job.fragments.push_back({.tally = {.range = range, .hits = {.strata = {range.size()}}},
                             .contributor = WorkerId{3}});
  }
  return {.jobs = {job}, .lastJob = JobId{9}, .epoch = 2};
}

// As lent by the scheduler before.
Lease oldLease(SampleRange range) {
  return {
      .id = LeaseId{(std::uint64_t{1} << 44) + 5}, .job = JobId{7}, .stream = {}, .range = range};
}

TEST_CASE("a submission is answered once it is committed") {
  SlowCluster cluster;
  Actions asked = cluster.submitAs("a");
  CHECK(only<action::AcceptJob>(asked).empty());
  REQUIRE(only<action::Commit>(asked).size() == 1);
  CHECK(only<action::Commit>(asked)[0].changes.jobs.at(0).record.requestId == "a");

  Actions answered = cluster.handle(event::Committed{});

  REQUIRE(only<action::AcceptJob>(answered).size() == 1);
  CHECK(only<action::AcceptJob>(answered)[0].submission == SubmissionId{1});
}

TEST_CASE("a job is not visible before it is committed") {
  SlowCluster cluster;
  JobId before = cluster.submitAndCommit(1000);
  cluster.submit(1000);
  JobId unsaid{2};
  CHECK_FALSE(cluster.core().job(unsaid, cluster.now()));
  CHECK(cluster.core().jobs(cluster.now()).size() == 1);
  CHECK(cluster.core().lastJob() == before);

  cluster.handle(event::Committed{});

  CHECK(cluster.core().job(unsaid, cluster.now()));
  CHECK(cluster.core().jobs(cluster.now()).size() == 2);
  CHECK(cluster.core().lastJob() == unsaid);
}

TEST_CASE("the same request is the same job, whether or not it was answered") {
  SlowCluster cluster;
  cluster.submitAs("a");
  cluster.submitAs("a");
  cluster.submitAs("b");
  cluster.handle(event::Committed{});
  Actions answered = cluster.handle(event::Committed{});
  auto accepted = only<action::AcceptJob>(answered);
  REQUIRE(accepted.size() == 2);
  CHECK(accepted[0].job == JobId{1});
  CHECK(accepted[1].job == JobId{2});

  CHECK(only<action::AcceptJob>(cluster.submitAs("b")).at(0).job == JobId{2});
  CHECK(cluster.core().jobs(cluster.now()).size() == 2);
}

TEST_CASE("a job's end is neither announced nor shown before it is committed") {
  SlowCluster cluster;
  JobId job = cluster.submitAndCommit(10);
  WorkerId ann = cluster.join();
  Lease lease = cluster.lend(ann);

  Actions counted = cluster.report(ann, tallyOf(lease));
  CHECK(only<action::AnnounceEnd>(counted).empty());
  CHECK(cluster.job(job).state == JobState::kRunning);
  CHECK(cluster.job(job).samplesCounted == 10);

  CHECK(only<action::AnnounceEnd>(cluster.handle(event::Committed{})).at(0).job.id == job);
  CHECK(cluster.job(job).state == JobState::kFinished);
}

TEST_CASE("tallies are committed in groups, and their worker gets the last committed number") {
  SlowCluster cluster;
  cluster.submit(100'000);
  cluster.handle(event::Committed{});
  WorkerId ann = cluster.join();
  std::size_t commits = 0;
  for (std::uint64_t sequence = 1; sequence <= 10; ++sequence) {
    LeaseTally tally = tallyOf(cluster.lend(ann));
    tally.sequence = sequence;
    commits += only<action::Commit>(cluster.report(ann, tally)).size();
  }
  CHECK(commits == 0);
  CHECK(cluster.core().committedOf(ann) == 0);

  Actions due = cluster.pass(milliseconds(100));
  REQUIRE(only<action::Commit>(due).size() == 1);
  Changes changes = only<action::Commit>(due)[0].changes;
  REQUIRE(changes.jobs.size() == 1);
  CHECK(changes.jobs[0].put.size() == 1);
  CHECK(cluster.core().committedOf(ann) == 0);

  cluster.handle(event::Committed{});
  CHECK(cluster.core().committedOf(ann) == 10);
}

TEST_CASE("a commit says nothing about tallies that came while it was under way") {
  SlowCluster cluster;
  cluster.submit(100'000);
  cluster.handle(event::Committed{});
  WorkerId ann = cluster.join();
  auto report = [&](std::uint64_t sequence) {
    LeaseTally tally = tallyOf(cluster.lend(ann));
    tally.sequence = sequence;
    return cluster.report(ann, tally);
  };
  report(1);
  REQUIRE(only<action::Commit>(cluster.pass(milliseconds(100))).size() == 1);
  report(2);
  CHECK(cluster.core().committedOf(ann) == 0);

  cluster.handle(event::Committed{});
  CHECK(cluster.core().committedOf(ann) == 1);
  REQUIRE(only<action::Commit>(cluster.pass(milliseconds(100))).size() == 1);
  report(3);
  CHECK(cluster.core().committedOf(ann) == 1);

  cluster.handle(event::Committed{});
  CHECK(cluster.core().committedOf(ann) == 2);
}

TEST_CASE("after a tally the scheduler wakes up when the commit period is over") {
  SlowCluster cluster;
  cluster.submit(100'000);
  cluster.handle(event::Committed{});
  WorkerId ann = cluster.join();
  REQUIRE(cluster.core().wakeAt() > cluster.now() + milliseconds(100));

  cluster.report(ann, tallyOf(cluster.lend(ann)));

  CHECK(cluster.core().wakeAt() == cluster.now() + milliseconds(100));
}

TEST_CASE("a finished job of an earlier scheduler keeps its time and its contributors") {
  Saved saved = savedJob(1000, {{.begin = 0, .end = 1000}});
  saved.jobs[0].record.state = JobState::kFinished;
  saved.jobs[0].record.ageAtEnd = saved.jobs[0].record.elapsed;
  saved.jobs[0].record.duplicatesDropped = 12;
  Cluster cluster(Cluster::config(), saved);
  cluster.pass(seconds(100));

  JobInfo job = cluster.job(JobId{7});
  CHECK(job.elapsed == seconds(50));
  CHECK(job.workers == 1);
  CHECK(job.threads == 4);
  CHECK(job.duplicatesDropped == 12);
  CHECK(job.samplesPerSecond == 20);
}

TEST_CASE("only fragments that changed are committed, and only workers that did something") {
  SlowCluster cluster;
  cluster.submit(100'000);
  cluster.handle(event::Committed{});
  WorkerId ann = cluster.join(), bob = cluster.join();
  cluster.report(ann, tallyOf(cluster.lend(ann)));
  cluster.report(bob, tallyOf(cluster.lend(bob)));
  cluster.pass(milliseconds(100));
  cluster.handle(event::Committed{});

  cluster.report(bob, tallyOf(cluster.lend(bob)));

  Changes changes = only<action::Commit>(cluster.pass(milliseconds(100))).at(0).changes;
  REQUIRE(changes.jobs.at(0).put.size() == 1);
  CHECK(changes.jobs[0].put[0].contributor == bob);
  CHECK(changes.jobs[0].put[0].tally.range.size() == 200);
  REQUIRE(changes.jobs[0].contributors.size() == 1);
  CHECK(changes.jobs[0].contributors[0].worker == bob);
  CHECK(changes.jobs[0].contributors[0].share.leases == 2);
}

TEST_CASE("a leaving worker is released once its last tallies are committed") {
  SlowCluster cluster;
  cluster.submit(1000);
  cluster.handle(event::Committed{});
  WorkerId ann = cluster.join();
  Lease lease = cluster.lend(ann);

  Actions left = cluster.handle(event::WorkerLeft{.worker = ann, .done = {tallyOf(lease)}});
  CHECK(only<action::ReleaseWorker>(left).empty());
  CHECK(only<action::Commit>(left).size() == 1);

  CHECK(only<action::ReleaseWorker>(cluster.handle(event::Committed{})).at(0).worker == ann);
}

TEST_CASE("while the disk is full no job is accepted, and computing continues") {
  SlowCluster cluster;
  JobId before = cluster.submitAndCommit(1000);
  WorkerId ann = cluster.join();
  cluster.submitAs("a");

  Actions failed = cluster.handle(event::CommitFailed{"the disk is full"});
  REQUIRE(only<action::RefuseJob>(failed).size() == 1);
  CHECK(only<action::RefuseJob>(failed)[0].sentence == "the disk is full");
  CHECK(only<action::RefuseJob>(cluster.submitAs("b")).size() == 1);
  cluster.report(ann, tallyOf(cluster.lend(ann)));
  CHECK(cluster.job(before).samplesCounted == 100);

  cluster.handle(event::Committed{});  // Now it has room.
  cluster.submitAs("a");
  auto accepted = only<action::AcceptJob>(cluster.handle(event::Committed{}));
  REQUIRE(accepted.size() == 1);
  CHECK(cluster.job(accepted[0].job).state == JobState::kQueued);  // Not the one that was refused.
}

TEST_CASE("a scheduler continues from the state that the previous one saved") {
  Cluster cluster(Cluster::config(), savedJob(1000, {{.begin = 0, .end = 400}}));
  JobInfo job = cluster.job(JobId{7});
  CHECK(job.samplesCounted == 400);
  CHECK(job.hits.total() == 400);
  CHECK(job.state == JobState::kRunning);
  CHECK(job.elapsed == seconds(60));
  CHECK(job.threads == 4);
  CHECK(cluster.submit(10) == JobId{10});

  WorkerId ann = cluster.join();
  while (cluster.job(JobId{7}).state != JobState::kFinished) {
    cluster.report(ann, tallyOf(cluster.lend(ann)));
  }
  CHECK(cluster.job(JobId{7}).hits.total() == 1000);
}

TEST_CASE("a job waits until its first lease, and what it waited stays as it is") {
  Cluster cluster;
  JobId job = cluster.submit(1000);
  cluster.pass(seconds(7));
  CHECK_FALSE(cluster.job(job).hasStarted);
  CHECK(cluster.job(job).waiting == seconds(7));
  WorkerId ann = cluster.join();
  Lease lease = cluster.lend(ann);
  cluster.pass(seconds(2), {ann});
  cluster.report(ann, tallyOf(lease));
  cluster.pass(seconds(1), {ann});

  cluster.handle(event::JobCancelled{.job = job, .reason = "enough"});

  cluster.pass(seconds(5), {ann});
  JobInfo info = cluster.job(job);
  CHECK(info.hasStarted);
  CHECK(info.waiting == seconds(7));
  CHECK(info.elapsed == seconds(9));
  CHECK(info.age == seconds(10));
}

TEST_CASE("a job that ends without a lease waited until its end") {
  Cluster cluster;
  JobId job = cluster.submit(1000);
  cluster.pass(seconds(3));

  cluster.handle(event::JobCancelled{.job = job, .reason = ""});

  cluster.pass(seconds(5));
  CHECK_FALSE(cluster.job(job).hasStarted);
  CHECK(cluster.job(job).waiting == seconds(3));
}

TEST_CASE("a calendar that is set does not change what a job took") {
  constexpr WallTime kSubmission{std::chrono::hours(500'000)};
  Cluster cluster;
  cluster.handle(event::JobSubmitted{.spec = specOf(100), .now = kSubmission});
  cluster.pass(seconds(4));
  cluster.handle(event::JobSubmitted{.spec = specOf(100), .now = kSubmission - seconds(9'000)});

  JobInfo first = cluster.job(JobId{1});
  CHECK(first.submittedOn == kSubmission);
  CHECK(first.elapsed == seconds(4));
  CHECK(startOf(first) == std::nullopt);
  CHECK(endOf(first) == std::nullopt);
}

// The jobs as a store has them after these commits.
Saved savedBy(const Actions& actions) {
  Saved saved{.jobs = {}, .epoch = 1};
  std::map<JobId, SavedJob> jobs;
  for (const action::Commit& commit : only<action::Commit>(actions)) {
    for (const JobChanges& changes : commit.changes.jobs) {
      SavedJob& job = jobs[changes.record.id];
      job.record = changes.record;
      for (std::uint64_t begin : changes.erased) {
        std::erase_if(job.fragments, [begin](const Fragment& fragment) {
          return fragment.tally.range.begin == begin;
        });
      }
      for (const Fragment& fragment : changes.put) {
        std::erase_if(job.fragments, [&fragment](const Fragment& old) {
          return old.tally.range.begin == fragment.tally.range.begin;
        });
        job.fragments.push_back(fragment);
      }
      for (Contributor contributor : changes.contributors) {
        std::erase_if(job.contributors,
                      [contributor](Contributor old) { return old.worker == contributor.worker; });
        job.contributors.push_back(contributor);
      }
    }
    saved.lastJob = commit.changes.lastJob;
  }
  for (auto& [id, job] : jobs) {
    std::ranges::sort(job.fragments, {},
                      [](const Fragment& each) { return each.tally.range.begin; });
    saved.jobs.push_back(std::move(job));
  }
  return saved;
}

TEST_CASE("after a restart a job that is over is shown as before, in every field") {
  Cluster cluster;
  Actions all;
  auto keep = [&all](Actions&& actions) {
    for (Action& action : actions) all.push_back(std::move(action));
  };
  JobSpec spec{.stream = {.seed = 7}, .samples = 300, .chunkSize = 7, .priority = 2};
  spec.submitter = "ann@login1";
  spec.name = "night run";
  keep(cluster.handle(event::JobSubmitted{
      .spec = spec, .uid = {{1, 2}}, .now = WallTime(std::chrono::hours(500'000))}));
  keep(cluster.pass(seconds(3)));
  std::array workers{cluster.join(), cluster.join()};
  while (cluster.job(JobId{1}).state != JobState::kFinished) {
    for (WorkerId worker : workers) {
      auto lent = only<action::Lend>(cluster.exchange(worker));
      keep(cluster.pass(milliseconds(70), {workers.begin(), workers.end()}));
      if (lent.empty() || lent[0].leases.empty()) continue;
      keep(cluster.report(worker, tallyOf(lent[0].leases[0])));
    }
  }
  JobInfo before = cluster.job(JobId{1});
  CHECK(before.workers == 2);

  Cluster next(Cluster::config(), savedBy(all));

  JobInfo after = next.job(JobId{1});
  after.workersNow = before.workersNow;
  CHECK(after == before);
}

TEST_CASE("a job whose end cannot be committed waits for the disk, and says so") {
  SlowCluster cluster;
  JobId job = cluster.submitAndCommit(1000);
  JobId other = cluster.submitAndCommit(1000);
  cluster.handle(event::JobCancelled{.job = job, .reason = ""});
  CHECK_FALSE(cluster.job(job).waitsForDisk);

  cluster.handle(event::CommitFailed{"the disk is full"});

  CHECK(cluster.job(job).state == JobState::kQueued);
  CHECK(cluster.job(job).waitsForDisk);
  CHECK_FALSE(cluster.job(other).waitsForDisk);
  cluster.handle(event::Committed{});
  CHECK(cluster.job(job).state == JobState::kCancelled);
  CHECK_FALSE(cluster.job(job).waitsForDisk);
}

TEST_CASE("a job whose end the disk does not take for a second waits for the disk") {
  SlowCluster cluster;
  JobId job = cluster.submitAndCommit(1000);
  cluster.handle(event::JobCancelled{.job = job, .reason = ""});

  cluster.pass(milliseconds(1100));

  CHECK(cluster.job(job).waitsForDisk);
}

TEST_CASE("jobs are listed in pages, the newest first") {
  Cluster cluster;
  for (int i = 0; i < 5; ++i) cluster.submit(10);
  auto idsOf = [&cluster](JobId before, std::size_t max) {
    std::vector<std::uint64_t> ids;
    for (const JobInfo& job : cluster.core().jobsBelow(before, max, cluster.now())) {
      ids.push_back(number(job.id));
    }
    return ids;
  };
  CHECK(idsOf(JobId{100}, 2) == std::vector<std::uint64_t>{5, 4});
  CHECK(idsOf(JobId{4}, 2) == std::vector<std::uint64_t>{3, 2});
  CHECK(idsOf(JobId{2}, 2) == std::vector<std::uint64_t>{1});
  CHECK(idsOf(JobId{1}, 2).empty());
}

TEST_CASE("an unfinished job of another stream version fails at the start") {
  Saved saved = savedJob(1000, {{.begin = 0, .end = 400}});
  saved.jobs[0].record.streamVersion = kStreamVersion + 6;
  Cluster cluster(Cluster::config(), saved);
  REQUIRE(cluster.core().wakeAt() == cluster.now());  // The end is committed without other events.

  Actions actions = cluster.handle(event::Tick{});

  REQUIRE(only<action::Commit>(actions).size() == 1);
  const JobRecord record = only<action::Commit>(actions).at(0).changes.jobs.at(0).record;
  CHECK(record.state == JobState::kFailed);
  CHECK(record.streamVersion == kStreamVersion + 6);
  JobInfo job = cluster.job(JobId{7});
  CHECK(job.state == JobState::kFailed);
  CHECK(job.streamVersion == kStreamVersion + 6);
  CHECK(job.samplesCounted == 400);
  CHECK(job.reason.find("stream version " + std::to_string(kStreamVersion + 6)) !=
        std::string::npos);
  WorkerId ann = cluster.join();
  CHECK(only<action::Lend>(cluster.exchange(ann)).empty());
}

TEST_CASE("a finished job of another stream version stays readable") {
  Saved saved = savedJob(1000, {{.begin = 0, .end = 1000}});
  saved.jobs[0].record.state = JobState::kFinished;
  saved.jobs[0].record.ageAtEnd = seconds(50);
  saved.jobs[0].record.streamVersion = kStreamVersion + 6;
  Cluster cluster(Cluster::config(), saved);
  CHECK(cluster.core().isCommitted());
  JobInfo job = cluster.job(JobId{7});
  CHECK(job.state == JobState::kFinished);
  CHECK(job.streamVersion == kStreamVersion + 6);
  CHECK(job.hits.total() == 1000);
}

TEST_CASE("a request that the previous scheduler accepted is still the same job") {
  Cluster cluster(Cluster::config(), savedJob(1000, {}));

  Actions actions = cluster.handle(
      event::JobSubmitted{.spec = specOf(1000), .requestId = "before", .submission = {}});

  CHECK(only<action::AcceptJob>(actions).at(0).job == JobId{7});
}

TEST_CASE("a worker continues a lease of the previous scheduler") {
  Cluster cluster(Cluster::config(), savedJob(1000, {{.begin = 0, .end = 400}}));
  Lease lease = oldLease({.begin = 400, .end = 500});
  WorkerProfile profile;
  profile.samplesPerSecond = 1000;

  // It finished a part of the lease, which is not committed, and holds the rest.
  Actions joined = cluster.handle(
      event::WorkerJoined{.worker = WorkerId{3},
                          .profile = profile,
                          .lent = {lease},
                          .held = {{.lease = lease.id, .range = {.begin = 450, .end = 500}}},
                          .done = {tallyOf(lease, {.begin = 400, .end = 450})}});

  CHECK(only<action::Welcome>(joined).at(0).forget.empty());
  CHECK(cluster.job(JobId{7}).samplesCounted == 450);
  CHECK(cluster.worker(WorkerId{3}).leases == 1);
  cluster.report(WorkerId{3}, tallyOf(lease, {.begin = 450, .end = 500}));
  CHECK(cluster.job(JobId{7}).samplesCounted == 500);
  CHECK(cluster.lend(WorkerId{3}).range.begin == 500);
}

TEST_CASE("a worker without the ticket of a lease cannot continue it") {
  Cluster cluster(Cluster::config(), savedJob(1000, {}));
  Lease lease = oldLease({.begin = 0, .end = 100});

  Actions joined = cluster.handle(
      event::WorkerJoined{.worker = WorkerId{3},
                          .profile = {},
                          .lent = {},
                          .held = {{.lease = lease.id, .range = {.begin = 50, .end = 100}}},
                          .done = {tallyOf(lease, {.begin = 0, .end = 50})}});

  CHECK(only<action::Welcome>(joined).at(0).forget == std::vector{lease.id});
  CHECK(cluster.job(JobId{7}).samplesCounted == 0);
}

TEST_CASE("a ticket is valid for its own stream only, even if another job has the number now") {
  Cluster cluster(Cluster::config(), savedJob(1000, {}));
  Lease lease = oldLease({.begin = 0, .end = 100});
  lease.stream.seed = 99;

  cluster.rejoin(WorkerId{3}, {lease}, {tallyOf(lease)});

  CHECK(cluster.job(JobId{7}).samplesCounted == 0);
  CHECK(cluster.worker(WorkerId{3}).leases == 0);
}

TEST_CASE(
    "a tally that the previous scheduler committed is not a duplicate when it is sent again") {
  Cluster cluster(Cluster::config(), savedJob(1000, {{.begin = 0, .end = 100}}));
  Lease lease = oldLease({.begin = 0, .end = 100});

  Actions joined = cluster.rejoin(WorkerId{3}, {}, {tallyOf(lease)});

  CHECK(only<action::DropTally>(joined).empty());
  CHECK(cluster.job(JobId{7}).duplicatesDropped == 0);
}

TEST_CASE("right after a restart, others do not get samples that an old lease probably covers") {
  Cluster cluster(Cluster::config(), savedJob(1000, {{.begin = 0, .end = 400}}));
  WorkerId ann = cluster.join();
  CHECK(cluster.lend(ann).range.begin == 700);

  Lease lease = oldLease({.begin = 400, .end = 500});
  CHECK(only<action::Welcome>(cluster.rejoin(WorkerId{3}, {lease})).at(0).forget.empty());
  CHECK(cluster.lend(WorkerId{3}).range.begin == 500);
}

TEST_CASE("an uncommitted end does not make another job forgotten") {
  Config config = Cluster::config();
  config.endedJobsKept = 2;
  config.endedJobsKeptFor = {};
  SlowCluster cluster(config);
  for (int i = 0; i < 2; ++i) {
    cluster.handle(event::JobCancelled{.job = cluster.submitAndCommit(10), .reason = ""});
    cluster.handle(event::Committed{});
  }
  JobId third = cluster.submitAndCommit(10);
  cluster.submit(10);  // Its batch is under way when the third job ends.
  cluster.handle(event::JobCancelled{.job = third, .reason = ""});

  cluster.handle(event::Committed{});

  CHECK(cluster.core().job(JobId{1}, cluster.now()));
  cluster.handle(event::Committed{});
  CHECK_FALSE(cluster.core().job(JobId{1}, cluster.now()));
}

TEST_CASE("jobs refused because of a full disk take no place and are not kept") {
  Config config = Cluster::config();
  config.endedJobsKept = 2;
  config.endedJobsKeptFor = {};
  SlowCluster cluster(config);
  JobId before = cluster.submitAndCommit(10);
  cluster.handle(event::JobCancelled{.job = before, .reason = ""});
  cluster.handle(event::Committed{});
  for (const char* request : {"a", "b", "c", "d"}) cluster.submitAs(request);
  Actions failed = cluster.handle(event::CommitFailed{"the disk is full"});
  CHECK(only<action::RefuseJob>(failed).size() == 4);

  std::vector<JobId> forgotten;
  auto note = [&forgotten](const Actions& actions) {
    for (const action::Commit& commit : only<action::Commit>(actions)) {
      forgotten.insert(forgotten.end(), commit.changes.forgotten.begin(),
                       commit.changes.forgotten.end());
    }
  };
  for (int i = 0; i < 4; ++i) {
    note(cluster.handle(event::Committed{}));
    note(cluster.pass(milliseconds(100)));
  }
  CHECK(forgotten == std::vector{JobId{2}, JobId{3}, JobId{4}, JobId{5}});
  CHECK(cluster.core().isCommitted());
  CHECK(cluster.core().jobs(cluster.now()).size() == 1);
  CHECK(cluster.job(before).state == JobState::kCancelled);
}

TEST_CASE("a job submitted twice and committed in between survives a full disk") {
  SlowCluster cluster;
  cluster.submitAs("a");
  cluster.submitAs("a");  // Its client had no answer, and tries again.
  cluster.handle(event::Committed{});
  REQUIRE(cluster.core().lastJob() == JobId{1});

  Actions failed = cluster.handle(event::CommitFailed{"the disk is full"});

  CHECK(only<action::RefuseJob>(failed).empty());
  CHECK(only<action::AcceptJob>(failed).at(0).submission == SubmissionId{2});
  CHECK_FALSE(isOver(cluster.job(JobId{1}).state));
}

TEST_CASE("the request id of another job is refused") {
  SlowCluster cluster;
  cluster.submitAs("a", 1000);
  cluster.handle(event::Committed{});
  CHECK(only<action::RefuseJob>(cluster.submitAs("a", 1001)).size() == 1);
  CHECK(cluster.core().jobs(cluster.now()).size() == 1);
}

TEST_CASE("finished jobs beyond the limit are forgotten on disk, too") {
  Config config = Cluster::config();
  config.endedJobsKept = 2;
  config.endedJobsKeptFor = {};
  SlowCluster cluster(config);
  for (int i = 0; i < 3; ++i) {
    JobId job = cluster.submitAndCommit(10);
    cluster.handle(event::JobCancelled{.job = job, .reason = ""});
    cluster.handle(event::Committed{});
  }

  Actions due = cluster.pass(milliseconds(100));

  CHECK(only<action::Commit>(due).at(0).changes.forgotten == std::vector{JobId{1}});
  CHECK_FALSE(cluster.core().job(JobId{1}, cluster.now()));
  CHECK(cluster.core().job(JobId{2}, cluster.now()));
}

TEST_CASE("workers turn to a job with a higher priority when they ask for more") {
  Cluster cluster;
  JobId first = cluster.submit(100'000), second = cluster.submit(100'000, 1, -1);
  WorkerId ann = cluster.join();
  Lease lease = cluster.lend(ann);
  CHECK(lease.job == first);
  cluster.handle(event::JobReprioritized{.job = second, .priority = 7});
  CHECK(cluster.job(second).spec.priority == 7);
  std::vector<action::Lend> next = only<action::Lend>(cluster.exchange(ann, {tallyOf(lease)}));
  REQUIRE(next.size() == 1);
  CHECK(next[0].leases[0].job == second);
}

TEST_CASE("a new priority is saved, and a job that is over keeps its own") {
  Cluster cluster;
  cluster.setStore(Cluster::Store::kSlow);
  cluster.submit(10);
  cluster.handle(event::Committed{});
  JobId job = cluster.core().lastJob();
  cluster.handle(event::JobReprioritized{.job = job, .priority = 3});
  std::vector<action::Commit> commits = only<action::Commit>(cluster.pass(seconds(1)));
  REQUIRE(commits.size() == 1);
  REQUIRE(commits[0].changes.jobs.size() == 1);
  CHECK(commits[0].changes.jobs[0].record.spec.priority == 3);
  cluster.handle(event::Committed{});

  cluster.handle(event::JobCancelled{.job = job, .reason = ""});
  cluster.handle(event::Committed{});
  cluster.handle(event::JobReprioritized{.job = job, .priority = 9});
  CHECK(cluster.job(job).spec.priority == 3);
  cluster.handle(event::JobReprioritized{.job = JobId{77}, .priority = 9});
  CHECK(cluster.core().metrics().jobsReprioritized == 1);
}

TEST_CASE("a repeated submission finds its job although the priority has changed") {
  Cluster cluster;
  event::JobSubmitted submitted{.spec = specOf(100), .requestId = "once"};
  cluster.handle(submitted);
  JobId job = cluster.core().lastJob();
  cluster.handle(event::JobReprioritized{.job = job, .priority = 3});
  std::vector<action::AcceptJob> again = only<action::AcceptJob>(cluster.handle(submitted));
  REQUIRE(again.size() == 1);
  CHECK(again[0].job == job);
  CHECK(cluster.job(job).spec.priority == 3);
}

}  // namespace
}  // namespace pi::scheduler
