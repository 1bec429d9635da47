#include "scheduler/core/pace.h"

#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Config configOf(std::size_t workersAtFullPace) {
  Config config = Cluster::config();
  config.workersAtFullPace = workersAtFullPace;
  return config;
}

// The calls a second of workers that compute and report each lease, and of workers without work.
double busyCalls(std::size_t workers) {
  WorkerPolicy policy = paceFor(Config(), workers).policy;
  return 2 * static_cast<double>(workers) / pi::seconds(policy.leaseTarget);
}
double idleCalls(std::size_t workers) {
  WorkerPolicy policy = paceFor(Config(), workers).policy;
  return static_cast<double>(workers) / pi::seconds(3 * policy.heartbeat);
}

TEST_CASE("up to a number of workers, the policy is the one that is configured") {
  Config config;
  for (std::size_t workers : {std::size_t{0}, std::size_t{1}, config.workersAtFullPace}) {
    CAPTURE(workers);
    Pace pace = paceFor(config, workers);
    CHECK(pace.policy.leaseTarget == config.lease.target);
    CHECK(pace.policy.prefetch == config.prefetch);
    CHECK(pace.policy.heartbeat == config.heartbeat);
    CHECK(pace.policy.silenceTimeout == config.silenceTimeout);
    CHECK(pace.leaseMinimum == config.lease.minimum);
  }
}

TEST_CASE("more workers make no more calls a second") {
  for (std::size_t workers : {1'000u, 1'001u, 12'000u, 16'000u, 100'000u}) {
    CAPTURE(workers);
    CHECK(busyCalls(workers) <= 1.0001 * busyCalls(1'000));
    CHECK(idleCalls(workers) <= 1.0001 * idleCalls(1'000));
  }
}

TEST_CASE("one of 12,000 workers that hangs is noticed after a minute") {
  Pace pace = paceFor(Config(), 12'000);
  CHECK(pace.policy.leaseTarget == seconds(3));
  CHECK(pace.leaseMinimum == milliseconds(12));
  CHECK(pace.policy.prefetch == milliseconds(240));
  CHECK(pace.policy.heartbeat == seconds(12));
  CHECK(pace.policy.silenceTimeout == seconds(60));
}

TEST_CASE("the silence timeout stays as it is while it has five heartbeats") {
  Config config;
  config.heartbeat = seconds(1);
  CHECK(paceFor(config, 2'000).policy.silenceTimeout == seconds(15));
  CHECK(paceFor(config, 4'000).policy.silenceTimeout == seconds(20));
}

TEST_CASE("a silence timeout of few heartbeats keeps their number") {
  Config config;
  config.heartbeat = seconds(1);
  config.silenceTimeout = seconds(2);
  CHECK(paceFor(config, 1'000).policy.silenceTimeout == seconds(2));
  CHECK(paceFor(config, 6'000).policy.silenceTimeout == seconds(12));
}

TEST_CASE("each answer tells a worker the policy of now") {
  Cluster cluster(configOf(1));
  WorkerId first = cluster.join();
  CHECK(cluster.core().policyOf(first).leaseTarget == milliseconds(100));
  cluster.join();
  CHECK(cluster.core().policyOf(first).leaseTarget == milliseconds(100));
  cluster.handle(event::Reported{.worker = first, .done = {}});
  CHECK(cluster.core().policyOf(first).leaseTarget == milliseconds(200));

  cluster.join();
  cluster.exchange(first);  // It waits, and is told nothing.
  CHECK(cluster.core().policyOf(first).leaseTarget == milliseconds(200));
  cluster.submit(1'000'000);
  CHECK(cluster.core().policyOf(first).leaseTarget == milliseconds(300));
  CHECK(cluster.core().policyOf(first) == paceFor(configOf(1), 3).policy);
}

TEST_CASE("leases become longer with the number of workers") {
  for (std::size_t others : {0u, 3u}) {
    CAPTURE(others);
    Config config = configOf(1);
    Cluster cluster(config);
    for (std::size_t i = 0; i < others; ++i) cluster.join();
    WorkerId worker = cluster.join();
    cluster.submit(10'000'000);
    CHECK(cluster.lend(worker).range.size() == 100 * (others + 1));
  }
}

// A worker of three, two of which have left: it was told long times.
struct LeftAlone {
  explicit LeftAlone(JobId* job = nullptr) : cluster(config()) {
    worker = cluster.join();
    others = {cluster.join(), cluster.join()};
    if (job != nullptr) *job = cluster.submit(10'000'000);
    cluster.handle(event::Reported{.worker = worker, .done = {}});
    leaveOthers();
  }
  static Config config() {
    Config config = configOf(1);
    config.heartbeat = seconds(2);
    config.silenceTimeout = seconds(10);
    return config;
  }
  void leaveOthers() {
    for (WorkerId other : others) cluster.handle(event::WorkerLeft{.worker = other, .done = {}});
  }
  WorkerState state() const { return cluster.worker(worker).state; }

  Cluster cluster;
  WorkerId worker{};
  std::vector<WorkerId> others;
};

TEST_CASE("a worker that was told a long silence timeout is not silent before that") {
  LeftAlone story;
  CHECK(story.cluster.core().policyOf(story.worker).silenceTimeout == seconds(30));
  story.cluster.pass(seconds(29));
  CHECK(story.state() == WorkerState::kActive);
  story.cluster.pass(seconds(3));
  CHECK(story.state() == WorkerState::kSilent);
}

TEST_CASE("a shorter silence timeout counts once the worker was heard after it was told") {
  LeftAlone story;
  story.cluster.handle(event::Reported{.worker = story.worker, .done = {}});
  CHECK(story.cluster.core().policyOf(story.worker).silenceTimeout == seconds(10));
  story.cluster.pass(seconds(29));
  CHECK(story.state() == WorkerState::kActive);  // This answer may be lost on its way.
  story.cluster.handle(event::Reported{.worker = story.worker, .done = {}});
  story.cluster.pass(seconds(9));
  CHECK(story.state() == WorkerState::kActive);
  story.cluster.pass(seconds(3));
  CHECK(story.state() == WorkerState::kSilent);
}

TEST_CASE("work that waited for a worker does not make it silent by the shorter timeout") {
  LeftAlone story;
  story.cluster.exchange(story.worker);
  story.cluster.pass(seconds(20));
  story.cluster.submit(10'000'000);  // The exchange is answered with the shorter timeout.
  CHECK(story.cluster.core().policyOf(story.worker).silenceTimeout == seconds(10));
  story.cluster.pass(seconds(5));
  CHECK(story.state() == WorkerState::kActive);
}

TEST_CASE("a computing worker that gets no further is silent by the timeout that it was told") {
  JobId job{};
  LeftAlone story(&job);
  Lease lease = story.cluster.lend(story.worker);
  CHECK(lease.range.size() == 100);
  story.cluster.report(story.worker, tallyOf(lease, {lease.range.begin, lease.range.begin + 10}));
  Lease next = story.cluster.lend(story.worker);
  CHECK(next.range.begin == lease.range.end);
  story.cluster.pass(seconds(9), {story.worker});
  CHECK(story.state() == WorkerState::kActive);
  story.cluster.pass(seconds(24), {story.worker});
  CHECK(story.state() == WorkerState::kSilent);
}

TEST_CASE("a lease is not overdue before ten targets of the time when it was lent") {
  Config config = configOf(1);
  config.lease.target = seconds(2);
  config.heartbeat = seconds(1);
  config.silenceTimeout = seconds(5);
  Cluster cluster(config);
  WorkerId worker = cluster.join();
  std::vector<WorkerId> others;
  for (int i = 0; i < 15; ++i) others.push_back(cluster.join());
  cluster.submit(100'000'000);
  Lease lease = cluster.lend(worker);
  CHECK(lease.range.size() == 32'000);
  for (WorkerId other : others) cluster.handle(event::WorkerLeft{.worker = other, .done = {}});
  // It computes at its usual speed, and reports each second.
  for (std::uint64_t at = lease.range.begin; at + 1000 < lease.range.end; at += 1000) {
    cluster.pass(seconds(1));
    cluster.report(worker, tallyOf(lease, {.begin = at, .end = at + 1000}));
  }
  CHECK(cluster.worker(worker).state == WorkerState::kActive);
  CHECK(cluster.core().metrics().workersSilent == 0);
}

}  // namespace
}  // namespace pi::scheduler
