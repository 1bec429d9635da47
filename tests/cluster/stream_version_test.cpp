// A state directory whose jobs are of a stream that this release does not compute.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>

#include "scheduler/store/database.h"
#include "tests/cluster/cluster.h"

namespace pi::cluster {

TEST_CASE("an unfinished job of another stream version fails without any worker or new job") {
  Cluster cluster;
  cluster.scheduler().signal(SIGTERM);
  REQUIRE(cluster.scheduler().wait() == 0);
  {
    scheduler::Database database(cluster.stateDirectory() / "jobs.sqlite");
    static_cast<void>(database.load(scheduler::readClocks()));
    scheduler::JobChanges job;
    job.record.id = JobId{1};
    job.record.uid.bytes.fill(1);
    job.record.spec = {.samples = 1000, .chunkSize = 10};
    job.record.state = JobState::kRunning;
    job.record.streamVersion = kStreamVersion + 6;
    database.commit({.jobs = {job}, .forgotten = {}, .lastJob = job.record.id},
                    scheduler::readClocks());
  }

  cluster.restartScheduler();
  Ended ended = cluster.runClient({"wait", "1", "--json"});

  CHECK(ended.exitCode == 1);
  Json result = Json::parse(ended.out);
  CHECK(result.at("state") == "failed");
  CHECK(result.at("stream_version") == kStreamVersion + 6);
  CHECK(result.at("reason").get<std::string>().find("submit it again") != std::string::npos);
}

}  // namespace pi::cluster
