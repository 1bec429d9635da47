// A scheduler on a machine whose addresses change.
#include <doctest/doctest.h>

#include "tests/can_run.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/far_network.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

bool isPossible() { return canRun("a second network", FarNetwork::whyNot()); }

std::size_t countOf(const std::string& part, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The addresses in the connection file.
Json publishedBy(const Home& home) {
  return Json::parse(contentOf(home.connectionFile())).at("addresses");
}

}  // namespace

TEST_CASE("a scheduler follows its machine's addresses, and warns each time that none is left") {
  if (!isPossible()) return;
  const std::string warning = "this machine has no address that other machines can reach";
  FarNetwork network;
  network.removeAddress(FarNetwork::kNearAddress, "lo");
  network.unplug(Side::kNear);
  Cluster cluster({"--host", "0.0.0.0"});
  std::string port = std::to_string(cluster.port());
  CHECK(publishedBy(cluster) == Json::array({cluster.address()}));
  cluster.scheduler().waitForErr(warning);

  network.plugIn(Side::kNear);
  std::string found = "tcp://" + std::string(FarNetwork::kNearEnd) + ":" + port;
  cluster.scheduler().waitForErr("again: this scheduler's addresses are now " + found);
  CHECK(publishedBy(cluster) == Json::array({found, cluster.address()}));
  CHECK(countOf(warning, cluster.scheduler().err()) == 1);

  network.unplug(Side::kNear);
  waitUntil("it warns again", [&] { return countOf(warning, cluster.scheduler().err()) == 2; });
  cluster.scheduler().waitForErr("this scheduler's addresses are now " + cluster.address());
}

TEST_CASE("the addresses of bridges for containers come last in the connection file") {
  if (!isPossible()) return;
  FarNetwork network;
  network.addBridge("docker0", "10.96.0.1");
  Cluster cluster({"--host", "0.0.0.0"});
  std::string port = std::to_string(cluster.port());
  Json published = publishedBy(cluster);
  REQUIRE(published.size() >= 3);
  CHECK(published.front() == "tcp://" + std::string(FarNetwork::kNearEnd) + ":" + port);
  CHECK(published.back() == "tcp://10.96.0.1:" + port);
}

TEST_CASE("a scheduler says once that the addresses of its --interface have changed") {
  if (!isPossible()) return;
  FarNetwork network;
  const std::string cable = FarNetwork::kCable;
  Home home;
  auto scheduler = home.startShell("exec \"$PI_SCHEDULER\" --port 0 --interface " + cable);
  auto awaitFile = [&] {
    waitUntil("the file is there", [&] { return fs::exists(home.connectionFile()); });
  };
  awaitFile();
  CHECK(publishedBy(home).size() == 1);

  network.addAddress("10.97.0.1", cable);
  const std::string warning = "the interface " + cable + " now has ";
  scheduler->waitForErr(warning);
  CHECK(mentions(scheduler->err(),
                 "10.97.0.1, but the scheduler listens on what it had at the "
                 "start, 10.98.0.1; restart"));
  // Each look at the file is also one at the interface, and the second one begins after this call.
  auto awaitLook = [&] {
    for (int looks = 0; looks < 2; ++looks) {
      fs::remove(home.connectionFile());
      awaitFile();
    }
  };
  awaitLook();
  CHECK(countOf(warning, scheduler->err()) == 1);

  network.removeAddress("10.97.0.1", cable);
  awaitLook();
  network.addAddress("10.97.0.1", cable);
  waitUntil("it warns again", [&] { return countOf(warning, scheduler->err()) == 2; });
}

}  // namespace pi::cluster
