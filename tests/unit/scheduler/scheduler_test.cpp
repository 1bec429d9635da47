#include "scheduler/core/scheduler.h"

#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("the time of a job that was cancelled before its first tally is its waiting time") {
  Cluster cluster;
  JobId job = cluster.submit(1000);
  cluster.pass(seconds(10));
  cluster.handle(event::JobCancelled{.job = job, .reason = ""});
  cluster.pass(seconds(10));
  CHECK(cluster.job(job).elapsed == seconds(10));
}

TEST_CASE("a job whose workers leave more gaps than honest ones would ends as failed") {
  Config config = Cluster::config();
  config.fragmentsMax = 8;
  Cluster cluster(config);
  JobId job = cluster.submit(1'000'000);
  for (int i = 0; i < 20 && cluster.job(job).state != JobState::kFailed; ++i) {
    WorkerId stranger = cluster.join();
    cluster.lend(stranger);
    Lease second = cluster.lend(stranger);
    SampleRange first{.begin = second.range.begin, .end = second.range.begin + 1};
    cluster.handle(event::WorkerLeft{.worker = stranger, .done = {tallyOf(second, first)}});
  }
  CHECK(cluster.job(job).state == JobState::kFailed);
  CHECK(cluster.job(job).reason.find("more pieces than honest workers leave") != std::string::npos);
}

TEST_CASE("a job is finished when each of its samples is counted, and not before") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(10, 10);
  Lease lease = cluster.lend(ann);

  cluster.report(ann, tallyOf(lease, {.begin = 0, .end = 9}));
  CHECK(cluster.job(job).state == JobState::kRunning);
  CHECK(cluster.job(job).chunksCounted == 0);
  Actions actions = cluster.report(ann, tallyOf(lease, {.begin = 9, .end = 10}));

  REQUIRE(only<action::AnnounceEnd>(actions).size() == 1);
  CHECK(only<action::AnnounceEnd>(actions)[0].job.id == job);
  CHECK(cluster.job(job).state == JobState::kFinished);
  CHECK(cluster.job(job).chunksCounted == 1);
  CHECK(cluster.job(job).hits.total() == 10);
}

TEST_CASE("a tally that the same worker sends again changes nothing") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(1000);
  LeaseTally tally = tallyOf(cluster.lend(ann));
  cluster.report(ann, tally);

  Actions actions = cluster.report(ann, tally);

  CHECK(only<action::DropTally>(actions).empty());
  CHECK(cluster.job(job).samplesCounted == 100);
  CHECK(cluster.job(job).duplicatesDropped == 0);
}

TEST_CASE("a tally that cannot be true is not counted") {
  Config patient = Cluster::config();
  patient.strikesMax = 100;
  Cluster cluster(patient);
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(1000);
  Lease lease = cluster.lend(ann);
  LeaseTally tooManyHits = tallyOf(lease);
  tooManyHits.tally.hits.strata[0] = lease.range.size() + 1;
  LeaseTally strangeStratum = tallyOf(lease);
  strangeStratum.tally.hits.strata[1] = 1;

  for (const LeaseTally& tally :
       {tooManyHits, strangeStratum, tallyOf(lease, {.begin = 999, .end = 1001}),
        tallyOf(lease, {.begin = 5, .end = 5})}) {
    CHECK(only<action::DropTally>(cluster.report(ann, tally)).size() == 1);
  }
  CHECK(cluster.job(job).samplesCounted == 0);
}

TEST_CASE("samples of an impossible tally are computed by another worker") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  cluster.submit(10, 10);
  Lease lease = cluster.lend(ann);
  cluster.exchange(bob);

  LeaseTally impossible = tallyOf(lease);
  impossible.tally.hits.strata[0] = 11;
  Actions actions = cluster.report(ann, impossible);

  // Ann takes the samples for reported and will not report them again.
  REQUIRE(only<action::Lend>(actions).size() == 1);
  CHECK(only<action::Lend>(actions)[0].worker == bob);
}

TEST_CASE("a Sobol job counts its hits and samples by stratum") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(
      {.stream = {.seed = 1, .sampler = Sampler::kSobol}, .samples = 1000, .chunkSize = 1});
  Lease lease = cluster.lend(ann);
  LeaseTally tally = tallyOf(lease, {.begin = 0, .end = 20});
  for (std::size_t i = 0; i < kStrataMax; ++i) tally.tally.hits.strata[i] = 1;
  cluster.report(ann, tally);

  JobInfo info = cluster.job(job);

  CHECK(info.hits.total() == 16);
  CHECK(info.stratumSamples[3] == 2);
  CHECK(info.stratumSamples[4] == 1);
}

TEST_CASE("tallies of one job do not touch another's") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId first = cluster.submit(100);
  Lease lease = cluster.lend(ann);
  JobId second = cluster.submit(100);

  cluster.report(ann, tallyOf(lease));

  CHECK(cluster.job(first).samplesCounted == lease.range.size());
  CHECK(cluster.job(second).samplesCounted == 0);
  CHECK(cluster.job(second).state == JobState::kQueued);
}

TEST_CASE("a cancelled job takes its leases back and counts nothing more") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(1000);
  Lease lease = cluster.lend(ann);

  Actions actions = cluster.handle(event::JobCancelled{job, "the user said so"});

  REQUIRE(only<action::Truncate>(actions).size() == 1);
  CHECK(only<action::Truncate>(actions)[0].lease == lease.id);
  CHECK(only<action::Truncate>(actions)[0].end == 0);
  CHECK(only<action::AnnounceEnd>(actions).size() == 1);
  CHECK(cluster.job(job).state == JobState::kCancelled);
  CHECK(cluster.job(job).reason == "the user said so");
  CHECK(only<action::DropTally>(cluster.report(ann, tallyOf(lease))).size() == 1);
  CHECK(cluster.job(job).samplesCounted == 0);
}

TEST_CASE("cancelling a job that is over changes nothing") {
  Cluster cluster;
  JobId job = cluster.submit(1000);
  cluster.handle(event::JobCancelled{job, "first"});

  CHECK(cluster.handle(event::JobCancelled{job, "second"}).empty());
  CHECK(cluster.handle(event::JobCancelled{JobId{77}, "never was"}).empty());

  CHECK(cluster.job(job).reason == "first");
}

TEST_CASE("more unfinished jobs than allowed are refused with a sentence") {
  Config config = Cluster::config();
  config.unfinishedJobsMax = 1;
  Cluster cluster(config);
  JobId first = cluster.submit(1000);
  JobSpec spec{.samples = 10, .chunkSize = 1};

  auto refused = only<action::RefuseJob>(cluster.handle(event::JobSubmitted{.spec = spec}));
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].sentence.find("unfinished jobs") != std::string::npos);

  cluster.handle(event::JobCancelled{first, {}});
  CHECK(only<action::AcceptJob>(cluster.handle(event::JobSubmitted{.spec = spec})).size() == 1);
}

TEST_CASE("the oldest ended jobs are forgotten first") {
  Config config = Cluster::config();
  config.endedJobsKept = 2;
  config.endedJobsKeptFor = {};
  Cluster cluster(config);
  for (int i = 0; i < 3; ++i) cluster.handle(event::JobCancelled{cluster.submit(10), {}});

  CHECK_FALSE(cluster.core().job(JobId{1}, cluster.now()));
  CHECK(cluster.core().jobs(cluster.now()).size() == 2);
}

TEST_CASE("a worker that reconnects in time continues its leases") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(1000);
  Lease lease = cluster.lend(ann);
  cluster.handle(event::WorkerLost{ann});
  CHECK(cluster.worker(ann).state == WorkerState::kAbsent);
  cluster.pass(seconds(4));

  Lease rest = lease;
  rest.range.begin = 40;
  Actions actions = cluster.rejoin(ann, {rest}, {tallyOf(lease, {.begin = 0, .end = 40})});

  CHECK(only<action::Welcome>(actions).at(0).forget.empty());
  CHECK(cluster.worker(ann).state == WorkerState::kActive);
  CHECK(cluster.worker(ann).leases == 1);
  CHECK(cluster.job(job).samplesCounted == 40);
}

TEST_CASE("a lease that a worker no longer holds after a reconnect is lent to others") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1000);
  Lease lost = cluster.lend(ann);
  cluster.handle(event::WorkerLost{ann});

  cluster.rejoin(ann, {});

  CHECK(cluster.worker(ann).leases == 0);
  CHECK(cluster.lend(ann).range == lost.range);
}

TEST_CASE("a worker that truncated its lease while it was absent keeps the part that it names") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1000);
  Lease lease = cluster.lend(ann);
  cluster.handle(event::WorkerLost{ann});

  Lease shorter = lease;
  shorter.range.end = 30;
  Actions actions = cluster.rejoin(ann, {shorter});

  CHECK(only<action::Welcome>(actions).at(0).forget.empty());
  CHECK(cluster.lend(ann).range.begin == 30);
}

TEST_CASE("a worker is told to forget what was counted without it") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  cluster.submit(10, 10);
  Lease lease = cluster.lend(ann);
  cluster.handle(event::WorkerLost{ann});
  Lease again = cluster.lend(bob);
  cluster.report(bob, tallyOf(again));

  Actions actions = cluster.rejoin(ann, {lease});

  CHECK(only<action::Welcome>(actions).at(0).forget == std::vector{lease.id});
}

TEST_CASE("a worker is told to forget leases that were never its own") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  cluster.submit(1000);
  Lease anns = cluster.lend(ann);
  Lease stranger{.id = LeaseId{99}, .job = JobId{7}, .stream = {}, .range = {.begin = 0, .end = 5}};

  Actions actions = cluster.rejoin(bob, {anns, stranger});

  CHECK(only<action::Welcome>(actions).at(0).forget == std::vector{anns.id, stranger.id});
  CHECK(cluster.worker(ann).leases == 1);
}

TEST_CASE("a worker's new connection replaces its old one, even if that seems alive") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.exchange(ann);

  cluster.rejoin(ann, {});
  cluster.submit(1000);

  // The waiting call of the old connection is gone with it.
  CHECK(cluster.lend(ann).range.begin == 0);
}

TEST_CASE("a worker that comes back is described as it says now") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerProfile profile{.name = "ann",
                        .host = "n2",
                        .pid = 12,
                        .threads = 8,
                        .kernel = "avx2",
                        .samplesPerSecond = 5000,
                        .batchJob = "99"};
  cluster.handle(
      event::WorkerJoined{.worker = ann, .profile = profile, .lent = {}, .held = {}, .done = {}});
  CHECK(cluster.worker(ann).profile == profile);
}

TEST_CASE("when the grace is over a lost worker's samples are open and its name is forgotten") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1000);
  Lease lease = cluster.lend(ann);
  cluster.handle(event::WorkerLost{ann});

  CHECK(only<action::ForgetWorker>(cluster.pass(milliseconds(4500))).empty());
  auto forgotten = only<action::ForgetWorker>(cluster.pass(seconds(2)));

  REQUIRE(forgotten.size() == 1);
  CHECK(forgotten[0].worker == ann);
  CHECK(cluster.lend(cluster.join()).range == lease.range);
}

TEST_CASE("a forgotten worker's late answer counts if no other answer has counted") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(1000);
  Lease lease = cluster.lend(ann);
  cluster.handle(event::WorkerLost{ann});
  cluster.pass(seconds(7));

  WorkerId again{77};
  Actions actions = cluster.rejoin(again, {lease}, {tallyOf(lease, {.begin = 0, .end = 60})});

  CHECK(cluster.job(job).samplesCounted == 60);
  CHECK(only<action::Welcome>(actions).at(0).forget == std::vector{lease.id});
}

TEST_CASE("a worker that left by itself has its last tallies counted and its leases opened") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(1000);
  Lease lease = cluster.lend(ann);

  Actions actions = cluster.handle(
      event::WorkerLeft{.worker = ann, .done = {tallyOf(lease, {.begin = 0, .end = 30})}});

  CHECK(only<action::ForgetWorker>(actions).size() == 1);
  CHECK(cluster.job(job).samplesCounted == 30);
  CHECK(cluster.lend(cluster.join()).range.begin == 30);
}

TEST_CASE("heartbeats without progress do not keep leases") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1000);
  cluster.lend(ann);

  cluster.pass(seconds(14), {ann});
  CHECK(cluster.worker(ann).state == WorkerState::kActive);

  cluster.pass(seconds(2), {ann});
  CHECK(cluster.worker(ann).state == WorkerState::kSilent);
}

TEST_CASE("a worker without work is not silent while it sends heartbeats") {
  Cluster cluster;
  WorkerId ann = cluster.join();

  cluster.pass(seconds(60), {ann});
  CHECK(cluster.worker(ann).state == WorkerState::kActive);

  cluster.pass(seconds(17));
  CHECK(cluster.worker(ann).state == WorkerState::kSilent);
}

TEST_CASE("a silent worker is active again with its first progress") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(1000);
  Lease lease = cluster.lend(ann);
  cluster.pass(seconds(17));

  cluster.report(ann, tallyOf(lease, {.begin = 0, .end = 1}));

  CHECK(cluster.worker(ann).state == WorkerState::kActive);
  CHECK(cluster.job(job).samplesCounted == 1);
}

TEST_CASE("a silent worker that waits is served once it is heard again") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.exchange(ann);
  cluster.pass(seconds(17));
  CHECK(only<action::Lend>(
            cluster.handle(event::JobSubmitted{.spec = {.samples = 9, .chunkSize = 1}}))
            .empty());

  Actions actions = cluster.handle(event::Reported{.worker = ann, .done = {}});

  CHECK(only<action::Lend>(actions).size() == 1);
}

TEST_CASE("a pause of the scheduler itself counts against no worker") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  cluster.submit(1000);
  cluster.lend(ann);
  cluster.handle(event::WorkerLost{bob});

  cluster.stall(seconds(3600));
  cluster.pass(seconds(3));

  CHECK(cluster.worker(ann).state == WorkerState::kActive);
  CHECK(cluster.worker(bob).state == WorkerState::kAbsent);
}

TEST_CASE("the second pause of the scheduler counts against no worker either") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  cluster.submit(1000);
  cluster.lend(ann);
  cluster.handle(event::WorkerLost{bob});

  for (int i = 0; i < 3; ++i) {
    cluster.stall(seconds(3600));
    cluster.pass(milliseconds(500));
    CHECK(cluster.worker(ann).state == WorkerState::kActive);
    CHECK(cluster.worker(bob).state == WorkerState::kAbsent);
  }
  CHECK(cluster.core().metrics().pauses == 3);
}

TEST_CASE("a worker that is silent a second time is noticed again, and so is its return") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    cluster.pass(seconds(17));
    CHECK(cluster.worker(ann).state == WorkerState::kSilent);
    CHECK(cluster.core().metrics().workersSilent == i);
    CHECK(cluster.core().metrics().lastSilent == ann);
    cluster.handle(event::Reported{.worker = ann, .done = {}});
    CHECK(cluster.worker(ann).state == WorkerState::kActive);
  }
}

TEST_CASE("a worker that was suspended a second time is active again with its first progress") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1000);
  Lease lease = cluster.lend(ann);
  for (std::uint64_t i = 0; i < 3; ++i) {
    cluster.pass(seconds(17));
    CHECK(cluster.worker(ann).state == WorkerState::kSilent);
    cluster.report(ann, tallyOf(lease, {.begin = i, .end = i + 1}));
    CHECK(cluster.worker(ann).state == WorkerState::kActive);
  }
}

TEST_CASE("a worker that is lost a second time has the whole grace again") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1000);
  Lease lease = cluster.lend(ann);
  for (int i = 0; i < 3; ++i) {
    cluster.handle(event::WorkerLost{ann});
    CHECK(only<action::ForgetWorker>(cluster.pass(seconds(4))).empty());
    CHECK(only<action::Welcome>(cluster.rejoin(ann, {lease})).at(0).forget.empty());
  }
}

TEST_CASE("workers that are dismissed a second time are asked again") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  CHECK(only<action::Drain>(cluster.handle(event::WorkersDismissed{})).size() == 1);
  CHECK(only<action::Drain>(cluster.handle(event::WorkersDismissed{})).size() == 1);
  CHECK(cluster.worker(ann).state == WorkerState::kDraining);
}

TEST_CASE("a worker that gets new leases while it crawls on an old one is overdue") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1'000'000'000);
  Lease old = cluster.lend(ann);
  for (std::uint64_t i = 0; i < 14; ++i) {
    std::uint64_t at = old.range.begin + i;
    cluster.report(ann, tallyOf(old, {.begin = at, .end = at + 1}));
    cluster.exchange(ann);
    cluster.pass(seconds(1), {ann});
    CHECK(cluster.worker(ann).state == WorkerState::kActive);
  }
  cluster.pass(seconds(2), {ann});
  CHECK(cluster.worker(ann).state == WorkerState::kSilent);
}

TEST_CASE("quarantined workers take no places from others") {
  Config config = Cluster::config();
  config.strikesMax = 1;
  config.workersMax = 2;
  Cluster cluster(config);
  cluster.submit(1000);
  WorkerId liar = cluster.join();
  WorkerId ann = cluster.join();
  WorkerId stranger{77};
  CHECK_FALSE(cluster.core().hasRoomFor(stranger));

  LeaseTally lie = tallyOf(cluster.lend(liar));
  lie.tally.hits.strata[0] = 1'000'000;
  cluster.report(liar, lie);

  CHECK(cluster.worker(liar).state == WorkerState::kQuarantined);
  CHECK(cluster.core().hasRoomFor(stranger));
  CHECK(cluster.core().hasRoomFor(ann));
}

TEST_CASE("only one of two leases on the same samples is suspect") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  WorkerId cid = cluster.join();
  cluster.submit(10, 10);
  cluster.lend(ann);
  cluster.handle(event::WorkerLost{ann});
  Lease second = cluster.lend(bob);

  cluster.handle(event::WorkerLost{bob});

  CHECK(cluster.worker(ann).leases == 0);
  CHECK(cluster.worker(bob).leases == 1);
  CHECK(cluster.lend(cid).range == second.range);
}

TEST_CASE("dismissed workers are asked to drain and are lent nothing more") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.exchange(ann);

  CHECK(only<action::Drain>(cluster.handle(event::WorkersDismissed{})).size() == 1);
  Actions actions = cluster.handle(event::JobSubmitted{.spec = {.samples = 9, .chunkSize = 1}});

  CHECK(only<action::Lend>(actions).empty());
}

TEST_CASE("a dismissed worker stays dismissed, even if it answers late") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1000);
  Lease lease = cluster.lend(ann);
  cluster.handle(event::WorkersDismissed{});
  cluster.pass(seconds(17));

  cluster.report(ann, tallyOf(lease));

  CHECK(cluster.worker(ann).state == WorkerState::kDraining);
}

TEST_CASE("events of unknown workers are ignored") {
  Cluster cluster;
  WorkerId unknown{5};

  CHECK(cluster.handle(event::WorkerLost{unknown}).empty());
  CHECK(cluster.handle(event::WorkerLeft{unknown, {}}).empty());
  CHECK(cluster.handle(event::Exchanged{unknown, {}}).empty());
  CHECK(cluster.handle(event::Reported{unknown, {}}).empty());
  CHECK(cluster.handle(event::LeaseTruncated{unknown, LeaseId{1}, 0}).empty());
}

TEST_CASE("a scheduler without workers asks for no ticks") {
  Cluster cluster;
  cluster.submit(1000);
  CHECK_FALSE(cluster.core().wakeAt());

  WorkerId ann = cluster.join();
  CHECK(cluster.core().wakeAt());

  cluster.handle(event::WorkerLeft{ann, {}});
  cluster.pass(seconds(2));
  CHECK_FALSE(cluster.core().wakeAt());
}

TEST_CASE("a job's rate and time stop at its end") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(10, 10);
  Lease lease = cluster.lend(ann);
  cluster.pass(seconds(2));
  cluster.report(ann, tallyOf(lease));
  cluster.pass(seconds(60), {ann});

  CHECK(cluster.job(job).elapsed == seconds(2));
  CHECK(cluster.job(job).samplesPerSecond == 5);
}

TEST_CASE("a large job that ended at once has the maximum rate") {
  Cluster cluster;
  constexpr std::uint64_t kSamples = std::uint64_t{1} << 34;
  WorkerId ann = cluster.join(kSamples);
  JobId job = cluster.submit(kSamples, kSamples);
  while (cluster.job(job).state != JobState::kFinished) {
    LeaseTally tally = tallyOf(cluster.lend(ann));
    tally.busy = std::chrono::milliseconds(100);
    cluster.report(ann, tally);
  }

  CHECK(cluster.job(job).elapsed == std::chrono::nanoseconds(1));
  CHECK(cluster.job(job).samplesPerSecond == kSamplesEnd);
}

TEST_CASE("a worker may claim any speed without harm") {
  Cluster cluster;
  constexpr std::uint64_t kBoast = ~std::uint64_t{0};
  WorkerId ann = cluster.join(kBoast);
  cluster.join(kBoast);
  cluster.submit(1000);

  // The speeds' sum overflows: leaseSamples() stops the process.
  CHECK(cluster.lend(ann).range.size() > 0);
}

}  // namespace
}  // namespace pi::scheduler
