// A scheduler whose disk is slow, or hangs, as those of network file systems do.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

// Of what is started while it lives.
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
  MESSAGE("SKIPPED, the sanitizer wants to be loaded before all else");
  return false;
#else
  return true;
#endif
}

}  // namespace

TEST_CASE("whoever has stopped a scheduler may start the next one at once, however slow its disk") {
  if (!isPossible()) return;
  SlowDisk disk(100);
  Cluster cluster;
  cluster.submit(1000);
  REQUIRE(cluster.runScheduler({"stop"}).exitCode == 0);
  auto next = cluster.startScheduler({"--port", std::to_string(cluster.port())});
  waitUntil("it is there or gone",
            [&] { return next->hasEnded() || mentions(next->out(), "State directory: "); });
  CHECK_FALSE(next->hasEnded());
  CHECK_FALSE(mentions(next->err(), "belongs to a scheduler that is running"));
}

TEST_CASE("a scheduler whose disk hangs is stopped all the same, and says what it could not save") {
  if (!isPossible()) return;
  SlowDisk disk;
  Cluster cluster;
  Process& worker = cluster.addWorker(kSlowly);
  cluster.submit(kEndless);
  cluster.waitForContribution(worker);
  disk.hang();
  std::uint64_t before = cluster.contributedBy(worker);
  waitUntil("computing goes on", [&] { return cluster.contributedBy(worker) > before; });

  Ended stop = cluster.runScheduler({"stop"});

  CHECK(stop.exitCode == 1);
  CHECK(isOneLine(stop.err));
  CHECK(mentions(stop.err, "the disk of the state directory does not answer"));
  CHECK(cluster.scheduler().wait() == 1);
  CHECK(mentions(cluster.scheduler().err(), "its last changes could not be saved"));
  disk.recover();
}

}  // namespace pi::cluster
