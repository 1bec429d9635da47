#include "worker/affinity.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <thread>

namespace pi::worker {
namespace {

TEST_CASE("the quota of a cgroup, of either version, is a number of CPUs, or none") {
  CHECK(quotaOf("150000 100000\n") == 1.5);
  CHECK(quotaOf("5000 100000\n") == 0.05);
  CHECK_FALSE(quotaOf("max 100000\n"));
  CHECK_FALSE(quotaOf("150000"));
  CHECK_FALSE(quotaOf(""));
  CHECK(quotaOf("200000\n", "100000\n") == 2.0);
  CHECK_FALSE(quotaOf("-1\n", "100000\n"));
  CHECK_FALSE(quotaOf("200000\n", "0\n"));
  CHECK_FALSE(quotaOf("", ""));
}

TEST_CASE("the cgroups that limit CPU time are selected") {
  CHECK(cpuCgroups("0::/user.slice/user-1.slice\n") ==
        std::vector<CpuCgroup>{{.controllers = "", .path = "/user.slice/user-1.slice"}});
  CHECK(cpuCgroups("9:name=systemd:/\n4:cpu,cpuacct:/slurm/uid_1\n3:cpuset:/slurm\n0::/a:b\n") ==
        std::vector<CpuCgroup>{{.controllers = "cpu,cpuacct", .path = "/slurm/uid_1"},
                               {.controllers = "", .path = "/a:b"}});
  CHECK(cpuCgroups("").empty());
  CHECK(cpuCgroups("nonsense\n1:cpu\n").empty());
}

TEST_CASE("the paths that enclose a cgroup are its own and its ancestors'") {
  CHECK(enclosingPaths("/a/b") == std::vector<std::string>{"/a/b", "/a", "/"});
  CHECK(enclosingPaths("/") == std::vector<std::string>{"/"});
}

TEST_CASE("this process may use at least one CPU, and at most those of its affinity mask") {
  std::vector<int> cpus = allowedCpus();
  REQUIRE_FALSE(cpus.empty());
  CHECK(std::ranges::is_sorted(cpus));
  CHECK(usableCpus() >= 1);
  CHECK(usableCpus() <= cpus.size());
}

TEST_CASE("the CPUs of the batch system count only where nothing else confines the process") {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  CHECK(cpusToUse({.online = 64, .allowed = 64, .quota = kNone, .granted = {}}) == 64);
  CHECK(cpusToUse({.online = 64, .allowed = 64, .quota = kNone, .granted = 8}) == 8);
  CHECK(cpusToUse({.online = 64, .allowed = 64, .quota = kNone, .granted = 128}) == 64);
  CHECK(cpusToUse({.online = 64, .allowed = 16, .quota = kNone, .granted = 8}) == 16);
  CHECK(cpusToUse({.online = 64, .allowed = 64, .quota = 1.5, .granted = 8}) == 2);
  CHECK(cpusToUse({.online = 64, .allowed = 64, .quota = 0.1, .granted = {}}) == 1);
}

TEST_CASE("threads are pinned only if there is one for each CPU, and more than one") {
  CHECK(cpusToPin(4, {0, 1, 2, 3}) == std::vector<int>{0, 1, 2, 3});
  CHECK(cpusToPin(3, {0, 1, 2, 3}).empty());
  CHECK(cpusToPin(5, {0, 1, 2, 3}).empty());
  CHECK(cpusToPin(1, {0}).empty());
}

TEST_CASE("a pinned thread runs on one CPU") {
  int wanted = allowedCpus().back();
  std::thread([wanted] {
    pinThisThread(wanted);
    CHECK(allowedCpus() == std::vector<int>{wanted});
  }).join();
}

}  // namespace
}  // namespace pi::worker
