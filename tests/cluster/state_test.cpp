// The things that a state directory keeps, and those that are true after it was restored from a
// copy.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <vector>

#include "common/wire/wire.h"
#include "tests/cluster/caller.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

void killScheduler(Cluster& cluster) {
  cluster.scheduler().signal(SIGKILL);
  cluster.scheduler().wait();
}

}  // namespace

TEST_CASE("after the state directory is restored from a copy no worker is taken for another one") {
  Cluster cluster;
  killScheduler(cluster);
  const fs::path copy = cluster.stateDirectory().string() + ".copy";
  fs::copy(cluster.stateDirectory(), copy, fs::copy_options::recursive);
  cluster.restartScheduler();
  Process& ann = cluster.addWorker();
  Json lost = cluster.ask({"submit", "1000"});
  ann.signal(SIGSTOP);
  killScheduler(cluster);
  fs::remove_all(cluster.stateDirectory());
  fs::rename(copy, cluster.stateDirectory());
  cluster.restartScheduler();
  Process& bob = cluster.addWorker();

  ann.signal(SIGCONT);

  waitUntil("the stopped worker is back", [&] { return !cluster.infoOf(ann).is_null(); });
  CHECK(cluster.infoOf(ann).at("worker") != cluster.infoOf(bob).at("worker"));
  // A number may be given out a second time, a uid never.
  Json again = cluster.ask({"submit", "1000"});
  CHECK(again.at("job") == lost.at("job"));
  CHECK(again.at("uid") != lost.at("uid"));
  std::uint64_t samples = samplesWithin(std::chrono::milliseconds(300));
  CHECK(cluster.resultOf(cluster.submit(samples)).at("hits") == hitsAmong(samples));
  CHECK_FALSE(mentions(bob.err(), "lost the scheduler"));
  CHECK(cluster.ask({"workers"}).at("workers").size() == 2);
}

TEST_CASE("1,100 small jobs push out no result of today, and all of them are listed") {
  Cluster cluster;
  cluster.addWorker();
  std::uint64_t first = cluster.submit(1);
  Json before = cluster.resultOf(first);

  net::KjLoop loop;
  net::ClientLink link = callAsClient(loop, cluster);
  constexpr std::size_t kJobs = 1'100;
  constexpr std::size_t kCalls = 500;  // At a time.
  std::vector<kj::Promise<void>> submissions;
  auto waitForAll = [&] {
    for (auto& submission : submissions) submission.wait(loop.waitScope());
    submissions.clear();
  };
  for (std::size_t i = 0; i < kJobs; ++i) {
    if (submissions.size() == kCalls) waitForAll();
    auto request = link.desk.submitRequest();
    toWire(JobSpec{.samples = 1, .chunkSize = 1, .submitter = "ann@login1"}, request.initSpec());
    submissions.push_back(
        request.send().then([](auto&& answer) { KJ_REQUIRE(!answer.hasRefusal()); }));
  }
  waitForAll();
  waitUntil("all jobs are finished", [&] {
    Json listed = cluster.ask({"list"});
    auto isFinished = [](const Json& job) { return job.at("state") == "finished"; };
    return std::ranges::all_of(listed.at("jobs"), isFinished);
  });

  CHECK(cluster.ask({"list"}).at("jobs").size() == kJobs + 1);
  CHECK(cluster.resultOf(first) == before);
}

}  // namespace pi::cluster
