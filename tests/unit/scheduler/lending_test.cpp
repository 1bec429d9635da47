// Who computes what, as scheduler/core/lending.cpp decides it.
#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("a lease takes the target time on its worker") {
  Cluster cluster;
  WorkerId slow = cluster.join(1000);
  WorkerId fast = cluster.join(50'000);
  cluster.submit(1'000'000'000);

  CHECK(cluster.lend(slow).range.size() == 100);
  CHECK(cluster.lend(fast).range.size() == 5000);
}

TEST_CASE("a small job that is counted by nets is one lease, with its last part of a block") {
  Config config;  // The settings of a cluster.
  config.firstLeaseCost = kSamplesEnd;
  Cluster cluster(config);
  WorkerId ann = cluster.join(4'000'000'000);
  JobSpec spec{
      .stream = {.sampler = Sampler::kSobol}, .samples = 1'000'000, .chunkSize = 1'000'000};
  REQUIRE(spec.samples % blockOf(spec).samples > 0);
  cluster.submit(spec);

  CHECK(cluster.lend(ann).range == SampleRange{.begin = 0, .end = 1'000'000});
}

TEST_CASE("leases of a job that is counted by nets end where blocks do, whatever its chunks are") {
  Config config = Cluster::config();
  config.block.netLevelMin = 1;  // Blocks of 64 samples or more.
  for (std::uint64_t chunkSize : {1, 50, 64, 100, 100'000}) {
    CAPTURE(chunkSize);
    Cluster cluster(config);
    JobSpec spec{.stream = {.sampler = Sampler::kSobol}, .samples = 50'007, .chunkSize = chunkSize};
    const std::uint64_t block = blockOf(spec, config.block).samples;
    REQUIRE(spec.samples % block > 0);
    std::vector<WorkerId> workers{cluster.join(1000), cluster.join(3000), cluster.join(777)};
    JobId job = cluster.submit(spec);
    std::size_t leases = 0;
    for (int round = 0; cluster.job(job).state != JobState::kFinished && round < 1000; ++round) {
      WorkerId worker = workers[static_cast<std::size_t>(round) % workers.size()];
      std::vector<LeaseTally> done;
      for (const action::Lend& lend : only<action::Lend>(cluster.exchange(worker))) {
        for (const Lease& lease : lend.leases) {
          ++leases;
          CHECK((lease.range.end % block == 0 || lease.range.end == spec.samples));
          LeaseTally tally = tallyOf(lease);
          for (std::size_t i = 0; i < kStrataMax; ++i) {
            tally.tally.hits.strata[i] = stratumSize(lease.range, i, kStrataMax) * 785 / 1000;
          }
          done.push_back(tally);
        }
      }
      for (const LeaseTally& tally : done) cluster.report(worker, tally);
    }
    CHECK(leases > workers.size());
  }
}

TEST_CASE("one chunk for the whole job still uses every worker") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  cluster.submit(1'000'000, 1'000'000);

  CHECK(cluster.lend(ann).range == SampleRange{.begin = 0, .end = 100});
  CHECK(cluster.lend(bob).range == SampleRange{.begin = 500'050, .end = 500'150});
}

TEST_CASE("leases shrink as the job runs out, but not below the minimum") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(300);

  std::vector<std::uint64_t> sizes;
  while (cluster.job(JobId{1}).state != JobState::kFinished) {
    Lease lease = cluster.lend(ann);
    sizes.push_back(lease.range.size());
    cluster.report(ann, tallyOf(lease));
  }

  CHECK(sizes == std::vector<std::uint64_t>{100, 100, 50, 25, 12, 10, 3});
}

TEST_CASE("many workers on little work get no tiny leases") {
  Cluster cluster;
  std::vector<WorkerId> workers;
  workers.reserve(64);
  for (int i = 0; i < 64; ++i) workers.push_back(cluster.join());
  cluster.submit(100);

  // Ten leases of the minimum would do; arenas are split down to single samples instead.
  std::size_t leases = 0;
  for (WorkerId worker : workers) leases += only<action::Lend>(cluster.exchange(worker)).size();

  CHECK(leases <= 20);
}

TEST_CASE("a far worker gets longer leases") {
  Cluster cluster;
  WorkerId far = cluster.join();
  cluster.submit(1'000'000);

  Actions lent =
      cluster.handle(event::Exchanged{.worker = far, .done = {}, .roundTrip = milliseconds(300)});

  CHECK(only<action::Lend>(lent).at(0).leases.at(0).range.size() == 1200);
}

TEST_CASE("a far worker gets short jobs of a round trip together, and a near one a single job") {
  for (bool isFar : {false, true}) {
    CAPTURE(isFar);
    Cluster cluster;
    WorkerId worker = cluster.join();
    for (int i = 0; i < 20; ++i) cluster.submit(20);

    Actions lent = cluster.handle(event::Exchanged{
        .worker = worker, .done = {}, .roundTrip = isFar ? milliseconds(100) : Duration(0)});

    CHECK(only<action::Lend>(lent).at(0).leases.size() == (isFar ? 5 : 1));
  }
}

TEST_CASE("a worker that claims an endless round trip gets no endless lease") {
  for (Duration claimed : {Duration(seconds(100)), Duration::max(), Duration::min()}) {
    Cluster cluster;
    WorkerId worker = cluster.join();
    cluster.submit(1'000'000);

    Actions lent =
        cluster.handle(event::Exchanged{.worker = worker, .done = {}, .roundTrip = claimed});

    CHECK(only<action::Lend>(lent).at(0).leases.at(0).range.size() <= 4000);
  }
}

TEST_CASE("a far worker is not overdue for its longer leases, and is after twice as long") {
  Config config = Cluster::config();
  config.silenceTimeout = seconds(2);
  Cluster cluster(config);
  WorkerId far = cluster.join();
  cluster.submit(1'000'000);
  Actions lent =
      cluster.handle(event::Exchanged{.worker = far, .done = {}, .roundTrip = seconds(1)});
  Lease lease = only<action::Lend>(lent).at(0).leases.at(0);
  auto crawl = [&](Duration time) {
    for (Instant end = cluster.now() + time; cluster.now() < end;) {
      std::uint64_t begin = cluster.job(JobId{1}).samplesCounted;
      cluster.report(far, tallyOf(lease, {.begin = begin, .end = begin + 1}));
      cluster.pass(milliseconds(500));
    }
  };

  crawl(seconds(8));
  CHECK(cluster.worker(far).state == WorkerState::kActive);
  crawl(seconds(4));
  CHECK(cluster.worker(far).state == WorkerState::kSilent);
}

TEST_CASE("an exchange gives several leases if they are much shorter than a round trip") {
  Config config = Cluster::config();
  config.lease = {.target = milliseconds(5), .minimum = milliseconds(1)};
  Cluster cluster(config);
  WorkerId ann = cluster.join();
  cluster.submit(1'000'000);

  auto lent = only<action::Lend>(cluster.exchange(ann)).at(0);

  CHECK(lent.leases.size() == 4);  // 20 ms of prefetch.
  CHECK(lent.leases[3].range.end == 20);
}

TEST_CASE("an exchange without tallies waits until there is work") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  CHECK(only<action::Lend>(cluster.exchange(ann)).empty());
  CHECK(only<action::Lend>(cluster.exchange(bob)).empty());

  auto lent = only<action::Lend>(
      cluster.handle(event::JobSubmitted{.spec = {.samples = 1'000'000, .chunkSize = 1}}));

  REQUIRE(lent.size() == 2);
  CHECK(lent[0].worker == ann);
  CHECK(lent[1].worker == bob);
}

TEST_CASE("an exchange with tallies is answered at once, even without a lease") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(10, 10);
  Lease lease = cluster.lend(ann);

  auto lent = only<action::Lend>(cluster.exchange(ann, {tallyOf(lease)}));

  REQUIRE(lent.size() == 1);
  CHECK(lent[0].leases.empty());
}

TEST_CASE("a worker holds no more leases than allowed") {
  Config config = Cluster::config();
  config.leasesPerWorkerMax = 2;
  Cluster cluster(config);
  WorkerId ann = cluster.join();
  cluster.submit(1'000'000);
  Lease first = cluster.lend(ann);
  cluster.lend(ann);

  CHECK(only<action::Lend>(cluster.exchange(ann)).empty());
  CHECK(only<action::Lend>(cluster.report(ann, tallyOf(first))).size() == 1);
}

TEST_CASE("a worker at its limit does not delay the workers behind it") {
  Config config = Cluster::config();
  config.leasesPerWorkerMax = 1;
  Cluster cluster(config);
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  cluster.submit(10, 10);
  cluster.lend(ann);
  cluster.exchange(ann);
  cluster.exchange(bob);

  Actions actions = cluster.handle(event::JobSubmitted{.spec = {.samples = 1000, .chunkSize = 1}});

  REQUIRE(only<action::Lend>(actions).size() == 1);
  CHECK(only<action::Lend>(actions)[0].worker == bob);
}

TEST_CASE("a higher priority goes first") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1'000'000);
  JobId urgent = cluster.submit(1'000'000, 1, 1);

  for (int i = 0; i < 5; ++i) CHECK(cluster.lend(ann).job == urgent);
}

TEST_CASE("jobs of one priority share the workers evenly in time") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId small = cluster.submit(1'000'000, 1);
  JobId large = cluster.submit(1'000'000, 300);  // A chunk of three leases is split.

  std::uint64_t samples[2] = {};
  for (int i = 0; i < 100; ++i) {
    Lease lease = cluster.lend(ann);
    samples[lease.job == large] += lease.range.size();
    cluster.report(ann, tallyOf(lease));
  }

  CHECK(cluster.job(small).samplesCounted == samples[0]);
  CHECK(samples[0] == doctest::Approx(static_cast<double>(samples[1])).epsilon(0.05));
}

TEST_CASE("a new job truncates leases of as many workers as its share") {
  Cluster cluster;
  std::vector<WorkerId> workers;
  workers.reserve(4);
  for (int i = 0; i < 4; ++i) workers.push_back(cluster.join());
  cluster.submit(1'000'000);
  for (WorkerId worker : workers) cluster.lend(worker);

  Actions actions =
      cluster.handle(event::JobSubmitted{.spec = {.samples = 1'000'000, .chunkSize = 1}});

  CHECK(only<action::Truncate>(actions).size() == 2);
}

TEST_CASE("a new job truncates no more leases than it can use") {
  Cluster cluster;
  std::vector<WorkerId> workers;
  workers.reserve(4);
  for (int i = 0; i < 4; ++i) workers.push_back(cluster.join());
  cluster.submit(1'000'000);
  for (WorkerId worker : workers) cluster.lend(worker);

  Actions actions = cluster.handle(event::JobSubmitted{.spec = {.samples = 50, .chunkSize = 1}});

  CHECK(only<action::Truncate>(actions).size() == 1);
}

TEST_CASE("a worker that was lost before it answered a truncation can be asked again") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1'000'000);
  Lease lease = cluster.lend(ann);
  auto askedFor = [&cluster](std::uint64_t samples) {
    JobSpec spec{.samples = samples, .chunkSize = 1};
    return only<action::Truncate>(cluster.handle(event::JobSubmitted{.spec = spec})).size();
  };
  CHECK(askedFor(1000) == 1);
  CHECK(askedFor(1000) == 0);  // One question at a time.

  cluster.handle(event::WorkerLost{ann});
  cluster.rejoin(ann, {lease});

  CHECK(askedFor(1000) == 1);
}

TEST_CASE("a new job truncates no lease of a higher priority") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1'000'000, 1, 1);
  cluster.lend(ann);

  Actions actions = cluster.handle(event::JobSubmitted{.spec = {.samples = 1000, .chunkSize = 1}});

  CHECK(only<action::Truncate>(actions).empty());
}

TEST_CASE("a new job of a higher priority gets the worker whose lease was truncated for it") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1'000'000);
  Lease huge = cluster.lend(ann);
  JobId urgent = cluster.submit(50, 1, 1);

  cluster.handle(event::LeaseTruncated{ann, huge.id, 10});

  CHECK(cluster.lend(ann).job == urgent);
}

TEST_CASE("a small job that is submitted during a huge one starts at once") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.submit(1'000'000);
  for (int i = 0; i < 10; ++i) cluster.report(ann, tallyOf(cluster.lend(ann)));
  Lease huge = cluster.lend(ann);
  Actions actions = cluster.handle(event::JobSubmitted{.spec = {.samples = 50, .chunkSize = 1}});
  REQUIRE(only<action::Truncate>(actions).size() == 1);

  cluster.handle(event::LeaseTruncated{ann, huge.id, huge.range.begin + 10});
  cluster.report(ann, tallyOf(huge, {.begin = huge.range.begin, .end = huge.range.begin + 10}));

  // The samples given back make the huge job the less served one again.
  CHECK(cluster.lend(ann).job == JobId{2});
}

// Ann holds the first half of a job of 200 samples and turns out to compute one a second; Bob has
// computed all the others and has not asked for more.
struct SlowAnn {
  SlowAnn() {
    for (std::uint64_t i = 0; i < 5; ++i) {
      LeaseTally tally = tallyOf(lease, {.begin = i, .end = i + 1});
      tally.busy = seconds(1);
      cluster.report(ann, tally);
    }
    std::vector<LeaseTally> done;
    for (;;) {
      auto lent = only<action::Lend>(cluster.exchange(bob, done)).at(0);
      if (lent.leases.empty()) break;
      done = {tallyOf(lent.leases[0])};
    }
  }

  Cluster cluster;
  WorkerId ann = cluster.join();
  JobId job = cluster.submit(200);
  Lease lease = cluster.lend(ann);
  WorkerId bob = cluster.join();
};

TEST_CASE("an idle worker gets the tail of a slow worker's lease") {
  SlowAnn given;
  auto asked = only<action::Truncate>(given.cluster.exchange(given.bob));
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].worker == given.ann);
  CHECK(asked[0].lease == given.lease.id);
  CHECK(asked[0].end > 5);
  CHECK(asked[0].end < 50);

  Actions actions =
      given.cluster.handle(event::LeaseTruncated{given.ann, given.lease.id, asked[0].end});

  REQUIRE(only<action::Lend>(actions).size() == 1);
  CHECK(only<action::Lend>(actions)[0].worker == given.bob);
  CHECK(only<action::Lend>(actions)[0].leases.at(0).range.begin == asked[0].end);
}

TEST_CASE("a worker is asked for one tail at a time") {
  SlowAnn given;
  CHECK(only<action::Truncate>(given.cluster.exchange(given.bob)).size() == 1);

  CHECK(only<action::Truncate>(given.cluster.pass(seconds(1), {given.bob})).empty());
}

TEST_CASE("a tail that its worker has begun stays with that worker") {
  SlowAnn given;
  given.cluster.exchange(given.bob);

  Actions actions =
      given.cluster.handle(event::LeaseTruncated{given.ann, given.lease.id, given.lease.range.end});
  CHECK(only<action::Lend>(actions).empty());

  given.cluster.report(given.ann, tallyOf(given.lease, {.begin = 5, .end = 100}));
  CHECK(given.cluster.job(given.job).state == JobState::kFinished);
}

TEST_CASE("a slow worker that waits for work gives its tail to others too") {
  SlowAnn given;
  given.cluster.exchange(given.ann);

  // The first in the queue is the one to take from.
  given.cluster.exchange(given.bob);
  Actions actions = given.cluster.pass(milliseconds(5));

  CHECK(only<action::Truncate>(actions).size() == 1);
}

TEST_CASE("no worker is asked for a tail that it finishes before a far worker could begin it") {
  for (bool isFar : {false, true}) {
    CAPTURE(isFar);
    Cluster cluster;
    WorkerId ann = cluster.join();
    JobId job = cluster.submit(100, 100);
    std::uint64_t lent = 0;
    while (lent < 100) lent += cluster.lend(ann).range.size();  // A tenth of a second.
    WorkerId bob = cluster.join();

    Actions actions = cluster.handle(event::Exchanged{
        .worker = bob, .done = {}, .roundTrip = isFar ? milliseconds(90) : Duration(0)});

    CHECK(only<action::Truncate>(actions).empty() == isFar);
    CHECK(cluster.job(job).state == JobState::kRunning);
  }
}

TEST_CASE("no worker is asked for a tail that is too short to help") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  cluster.submit(10, 10);
  cluster.lend(ann);

  CHECK(only<action::Truncate>(cluster.exchange(bob)).empty());
}

TEST_CASE("a silent worker that waits does not keep the scheduler awake") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  cluster.exchange(ann);
  cluster.pass(seconds(17));
  REQUIRE(cluster.worker(ann).state == WorkerState::kSilent);
  cluster.submit(1000);

  CHECK(*cluster.core().wakeAt() - cluster.now() > milliseconds(100));
}

// Only Ann holds the ten samples of a job; Bob and Cid wait.
struct SilentAnn {
  SilentAnn() {
    cluster.pass(seconds(17), {bob, cid});
    REQUIRE(cluster.worker(ann).state == WorkerState::kSilent);
  }

  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  WorkerId cid = cluster.join();
  JobId job = cluster.submit(10, 10);
  Lease lease = cluster.lend(ann);
};

TEST_CASE("a silent worker's samples are lent again only when nothing else is open") {
  SilentAnn given;
  JobId other = given.cluster.submit(15, 15);

  CHECK(given.cluster.lend(given.bob).job == other);
  CHECK(given.cluster.lend(given.bob).job == other);
  CHECK(given.cluster.lend(given.bob).range == given.lease.range);
}

TEST_CASE("a silent worker's samples are lent again to one worker only") {
  SilentAnn given;
  given.cluster.lend(given.bob);

  CHECK(only<action::Lend>(given.cluster.exchange(given.cid)).empty());
}

TEST_CASE("the second holder's tally counts if it comes first, and the first may stop") {
  SilentAnn given;
  Lease again = given.cluster.lend(given.bob);

  Actions actions = given.cluster.report(given.bob, tallyOf(again));

  CHECK(only<action::Truncate>(actions).at(0).lease == given.lease.id);
  CHECK(given.cluster.job(given.job).state == JobState::kFinished);
  CHECK(only<action::DropTally>(given.cluster.report(given.ann, tallyOf(given.lease))).size() == 1);
}

TEST_CASE("the first holder's tally counts if it comes first, and the second may stop") {
  SilentAnn given;
  Lease again = given.cluster.lend(given.bob);

  Actions actions = given.cluster.report(given.ann, tallyOf(given.lease));

  CHECK(only<action::Truncate>(actions).at(0).lease == again.id);
  CHECK(given.cluster.job(given.job).state == JobState::kFinished);
  CHECK(only<action::DropTally>(given.cluster.report(given.bob, tallyOf(again))).size() == 1);
}

TEST_CASE("the rest of a suspect lease is open again after the first tally") {
  SilentAnn given;
  Lease again = given.cluster.lend(given.bob);

  given.cluster.report(given.ann, tallyOf(given.lease, {.begin = 0, .end = 4}));

  CHECK(given.cluster.worker(given.bob).leases == 0);
  CHECK(given.cluster.worker(given.ann).leases == 1);
  given.cluster.report(given.ann, tallyOf(given.lease, {.begin = 4, .end = 10}));
  CHECK(given.cluster.job(given.job).state == JobState::kFinished);
  CHECK(again.range.contains(given.lease.range));
}

TEST_CASE("a worker lost a moment ago has its samples lent again last") {
  Cluster cluster;
  WorkerId ann = cluster.join();
  WorkerId bob = cluster.join();
  cluster.submit(20, 20);
  Lease anns = cluster.lend(ann);
  cluster.handle(event::WorkerLost{ann});

  std::uint64_t others = 0;
  while (others < 10) {
    SampleRange range = cluster.lend(bob).range;
    REQUIRE_FALSE(range.intersects(anns.range));
    others += range.size();
  }
  CHECK(cluster.lend(bob).range == anns.range);
}

}  // namespace
}  // namespace pi::scheduler
