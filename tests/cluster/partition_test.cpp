// A worker on another host, while the network between them fails.
#include <doctest/doctest.h>

#include <csignal>
#include <optional>

#include "tests/can_run.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/far_network.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

// A scheduler and a worker on the near host, another worker on the far host.
class TwoHosts {
 public:
  explicit TwoHosts(Words schedulerOptions = {}, const Words& farOptions = {}) {
    schedulerOptions.insert(schedulerOptions.end(), {"--host", FarNetwork::kNearAddress});
    cluster_.emplace(schedulerOptions);
    near_ = &cluster_->addWorker(kSlowly);
    FarNetwork::OnFarHost onFarHost(network_);
    Words words = {"--threads", "1"};
    words.insert(words.end(), kSlowly.begin(), kSlowly.end());
    words.insert(words.end(), farOptions.begin(), farOptions.end());
    far_ = cluster_->startWorker(words);
  }

  FarNetwork& network() { return network_; }
  Cluster& cluster() { return *cluster_; }
  Process& near() { return *near_; }
  Process& far() { return *far_; }

  // When this returns, both workers have contributed to the job.
  std::uint64_t submit(std::uint64_t samples) {
    waitUntil("the far worker joins", [this] { return !cluster_->infoOf(*far_).is_null(); });
    std::uint64_t job = cluster_->submit(samples);
    cluster_->waitForContribution(*near_);
    cluster_->waitForContribution(*far_);
    return job;
  }

  void waitForState(const char* state) {
    waitUntil("the far worker is " + std::string(state),
              [&] { return cluster_->infoOf(*far_).at("state") == state; });
  }

 private:
  FarNetwork network_;  // The first member: the others use it.
  std::optional<Cluster> cluster_;
  Process* near_ = nullptr;
  std::unique_ptr<Process> far_;
};

bool isPossible() { return canRun("a second network", FarNetwork::whyNot()); }

}  // namespace

TEST_CASE("a short network failure costs time, and nothing is computed twice") {
  if (!isPossible()) return;
  for (Side side : {Side::kNear, Side::kFar}) {
    CAPTURE(side == Side::kNear);
    TwoHosts hosts;
    std::uint64_t samples = samplesWithin(4s);
    std::uint64_t job = hosts.submit(samples);

    hosts.network().unplug(side);
    waitUntil("a heartbeat is missed",
              [&] { return hosts.cluster().infoOf(hosts.far()).at("seconds_since_heard") > 1.2; });
    hosts.network().plugIn(side);

    Json result = hosts.cluster().resultOf(job);
    CHECK(result.at("hits") == hitsAmong(samples));
    CHECK(result.at("duplicates_dropped") == 0);
    CHECK(hosts.cluster().contributedBy(hosts.near()) +
              hosts.cluster().contributedBy(hosts.far()) ==
          samples);
    CHECK_FALSE(mentions(hosts.cluster().scheduler().err(), "is absent"));
    CHECK_FALSE(mentions(hosts.far().err(), "lost the scheduler"));
  }
}

TEST_CASE(
    "a job ends without the worker that is cut off, and that worker helps again after "
    "reconnecting") {
  if (!isPossible()) return;
  for (Side side : {Side::kNear, Side::kFar}) {
    CAPTURE(side == Side::kNear);
    TwoHosts hosts({"--silence-timeout", "1s"});
    std::uint64_t samples = samplesWithin(2s);
    std::uint64_t job = hosts.submit(samples);

    hosts.network().unplug(side);
    Json result = hosts.cluster().resultOf(job);
    CHECK(result.at("hits") == hitsAmong(samples));

    std::uint64_t before = hosts.cluster().contributedBy(hosts.far());
    hosts.network().plugIn(side);
    std::uint64_t next = hosts.cluster().submit(kEndless, {"--seed", "1"});
    waitUntil("the far worker contributes again",
              [&] { return hosts.cluster().contributedBy(hosts.far()) > before; });
    hosts.cluster().runClient({"cancel", std::to_string(next)});
    CHECK(hosts.cluster().resultOf(job) == result);
  }
}

TEST_CASE("the hits are exact if the network fails and recovers in the middle of a job") {
  if (!isPossible()) return;
  TwoHosts hosts({"--silence-timeout", "0.5s"});
  std::uint64_t samples = samplesWithin(6s);
  std::uint64_t job = hosts.submit(samples);

  for (Side side : {Side::kNear, Side::kFar}) {
    hosts.network().unplug(side);
    hosts.waitForState("silent");
    hosts.network().plugIn(side);
    hosts.waitForState("active");
  }

  REQUIRE(hosts.cluster().stateOf(job) == "running");
  Json result = hosts.cluster().resultOf(job);
  CHECK(result.at("hits") == hitsAmong(samples));
  // At worst the leases of the far worker at the time it became silent are computed twice.
  CHECK(result.at("duplicates_dropped") < samples / 4);
}

TEST_CASE("a reconnecting worker replaces its old connection, even if that looks alive") {
  if (!isPossible()) return;
  TwoHosts hosts;
  std::uint64_t samples = samplesWithin(4s);
  std::uint64_t job = hosts.submit(samples);

  hosts.network().unplug(Side::kFar);
  hosts.network().abortFarConnections();
  hosts.far().waitForErr("lost the scheduler");
  REQUIRE_FALSE(mentions(hosts.cluster().scheduler().err(), "is absent"));
  hosts.network().plugIn(Side::kFar);

  Json result = hosts.cluster().resultOf(job);
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("duplicates_dropped") == 0);
  CHECK(hosts.cluster().ask({"workers"}).at("workers").size() == 2);
  CHECK(hosts.cluster().contributedBy(hosts.near()) + hosts.cluster().contributedBy(hosts.far()) ==
        samples);
  CHECK_FALSE(hosts.far().hasEnded());
}

TEST_CASE("the leases of a worker that dies while it is cut off are computed by the others") {
  if (!isPossible()) return;
  TwoHosts hosts({"--silence-timeout", "1s"});
  std::uint64_t samples = samplesWithin(2s);
  std::uint64_t job = hosts.submit(samples);

  hosts.network().unplug(Side::kNear);
  hosts.far().signal(SIGKILL);
  hosts.far().wait();

  // The scheduler could not notice its end: the worker still counts as connected.
  CHECK(hosts.cluster().resultOf(job).at("hits") == hitsAmong(samples));
  CHECK(hosts.cluster().infoOf(hosts.far()).at("state") == "silent");
}

TEST_CASE("a worker joins the scheduler that was restarted while the network was down") {
  if (!isPossible()) return;
  TwoHosts hosts;
  hosts.submit(kEndless);

  hosts.network().unplug(Side::kNear);
  hosts.cluster().scheduler().signal(SIGKILL);
  hosts.cluster().restartScheduler({"--host", FarNetwork::kNearAddress});
  hosts.network().plugIn(Side::kNear);

  hosts.far().waitForErr("lost the scheduler");
  waitUntil("it joins", [&] { return !hosts.cluster().infoOf(hosts.far()).is_null(); });
  Json result = hosts.cluster().ask({"run", "1e8", "--priority", "1"});
  CHECK(result.at("hits") == hitsAmong(100'000'000));
}

}  // namespace pi::cluster
