// A scheduler on a disk that is slow or hangs, like those of network file systems.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

// Affects the processes that are started while this object exists.
class SlowDisk {
 public:
  explicit SlowDisk(int milliseconds = 0) {
    ::setenv("LD_PRELOAD", PI_SLOW_DISK_PRELOAD, 1);
    ::setenv("PI_TEST_SYNC_MS", std::to_string(milliseconds).c_str(), 1);
    ::setenv("PI_TEST_SYNC_HANGS", hangs().c_str(), 1);
  }
  ~SlowDisk() {
    for (const char* name : {"LD_PRELOAD", "PI_TEST_SYNC_MS", "PI_TEST_SYNC_HANGS"}) {
      ::unsetenv(name);
    }
  }
  void hang() { std::ofstream file(hangs()); }
  void recover() { std::filesystem::remove(hangs()); }

 private:
  std::filesystem::path hangs() const { return folder_.path() / "hangs"; }
  TemporaryFolder folder_;
};

bool isPossible() {
#ifdef __SANITIZE_ADDRESS__
  MESSAGE("SKIPPED, the sanitizer has to be the first preloaded library");
  return false;
#else
  return true;
#endif
}

}  // namespace

TEST_CASE("after stop returns, the next scheduler can start at once, even on a slow disk") {
  if (!isPossible()) return;
  SlowDisk disk(100);
  Cluster cluster;
  cluster.submit(1000);
  REQUIRE(cluster.runScheduler({"stop"}).exitCode == 0);
  auto next = cluster.startScheduler({"--port", std::to_string(cluster.port())});
  waitUntil("the scheduler has started or ended",
            [&] { return next->hasEnded() || mentions(next->out(), "State directory: "); });
  CHECK_FALSE(next->hasEnded());
  CHECK_FALSE(mentions(next->err(), "belongs to a scheduler that is running"));
}

TEST_CASE("a scheduler whose disk hangs can be stopped, and reports that changes are not saved") {
  if (!isPossible()) return;
  SlowDisk disk;
  Cluster cluster;
  Process& worker = cluster.addWorker(kSlowly);
  cluster.submit(kEndless);
  cluster.waitForContribution(worker);
  disk.hang();
  std::uint64_t before = cluster.contributedBy(worker);
  waitUntil("the worker continues to compute",
            [&] { return cluster.contributedBy(worker) > before; });

  Ended stop = cluster.runScheduler({"stop"});

  CHECK(stop.exitCode == 1);
  CHECK(isOneLine(stop.err));
  CHECK(mentions(stop.err, "the disk of the state directory does not answer"));
  CHECK(cluster.scheduler().wait() == 1);
  CHECK(mentions(cluster.scheduler().err(), "its last changes could not be saved"));
  disk.recover();
}

}  // namespace pi::cluster
