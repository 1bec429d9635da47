// The live view of a real scheduler: what a page sees of its workers and jobs.
#include <doctest/doctest.h>

#include <csignal>
#include <functional>
#include <set>

#include "tests/cluster/cluster.h"
#include "tests/cluster/http_client.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

std::uint16_t dashboardPort(const Home& home) {
  std::string url = Json::parse(contentOf(home.connectionFile())).at("dashboard");
  return static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
}

std::string bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

std::string observer(const Home& home) {
  return bearer(Json::parse(contentOf(home.connectionFile())).at("observer_token"));
}

// Reads frames until one is as wanted.
Json frameOf(LiveViewer& viewer, const std::function<bool(const Json&)>& isWanted) {
  while (true) {
    std::optional<std::string> text = viewer.nextFrame();
    REQUIRE(text.has_value());
    Json frame = Json::parse(*text);
    if (isWanted(frame)) return frame;
  }
}

bool hasState(const Json& frame, std::uint64_t worker, const std::string& state) {
  for (const Json& row : frame.value("states", Json::array())) {
    if (row[0] == worker && row[1] == state) return true;
  }
  return false;
}

TEST_CASE(
    "while a job runs, its boxes appear, its estimate converges, and a killed worker is lost") {
  Cluster cluster({"--reconnect-grace", "1s"});
  Process& worker = cluster.addWorker();
  std::uint64_t job = cluster.submit(kEndless);
  LiveViewer viewer(dashboardPort(cluster), observer(cluster));
  Json first = frameOf(viewer, [](const Json& frame) { return frame.contains("workers"); });
  CHECK(first.at("first") == true);
  CHECK(first.at("scheduler").at("pid") == cluster.scheduler().pid());
  std::uint64_t id = first.at("workers")[0][0];
  viewer.send(Json{{"jobs", {job}}, {"workers", {id}}}.dump());

  Json boxes = frameOf(viewer, [](const Json& frame) { return frame.contains("boxes"); });
  CHECK(boxes.at("boxes")[0][0] == id);
  CHECK(boxes.at("boxes")[0][1] == job);
  CHECK(boxes.at("boxes")[0][4] == "done");
  CHECK(boxes.at("boxes")[0][7].get<std::string>() != boxes.at("boxes")[0][8]);
  std::set<double> errors;
  while (errors.size() < 3) {
    Json frame = frameOf(viewer, [](const Json& each) { return each.contains("convergence"); });
    for (const Json& point : frame.at("convergence").at(std::to_string(job))) {
      errors.insert(point.at("standard_error").get<double>());
    }
  }
  worker.signal(SIGKILL);
  frameOf(viewer, [id](const Json& frame) { return hasState(frame, id, "lost"); });
  LiveViewer late(dashboardPort(cluster), observer(cluster));
  Json marks = frameOf(late, [](const Json& frame) { return frame.contains("marks"); });
  CHECK(marks.at("marks").size() >= 2);
  CHECK(marks.at("marks")[0][1] == "joined");
  CHECK(marks.at("marks").back()[1] == "lost");
}

TEST_CASE("a viewer learns from the epoch that the scheduler is another one, with the same job") {
  Cluster cluster;
  std::uint16_t port = dashboardPort(cluster);
  std::uint64_t job = cluster.submit(kEndless);
  auto isFirst = [](const Json& frame) { return frame.contains("first"); };
  LiveViewer before(port, observer(cluster));
  std::string epoch = frameOf(before, isFirst).at("epoch");
  cluster.scheduler().signal(SIGKILL);
  while (before.nextFrame()) {
  }
  cluster.restartScheduler({"--dashboard-address", "127.0.0.1:" + std::to_string(port)});
  LiveViewer after(port, observer(cluster));
  Json frame = frameOf(after, isFirst);
  CHECK(frame.at("epoch") != epoch);
  CHECK(frame.at("jobs")[0].at("job") == job);
}

TEST_CASE("a viewer with a control session is told that it may change something") {
  Cluster cluster;
  std::string token = cluster.runClient({"dashboard", "--control", "--token"}).out;
  token.pop_back();
  LiveViewer viewer(dashboardPort(cluster), bearer(token));
  auto isFirst = [](const Json& frame) { return frame.contains("first"); };
  CHECK(frameOf(viewer, isFirst).at("control") == true);
  LiveViewer other(dashboardPort(cluster), observer(cluster));
  CHECK(frameOf(other, isFirst).at("control") == false);
}

TEST_CASE("a page of another origin gets no live view, and a stranger neither") {
  Cluster cluster;
  std::uint16_t port = dashboardPort(cluster);
  CHECK_THROWS(LiveViewer(port, ""));
  CHECK_THROWS(LiveViewer(port, observer(cluster) + "Origin: http://localhost:3000\r\n"));
  LiveViewer(port, observer(cluster) + "Origin: http://localhost\r\n");
}

TEST_CASE("the leases of a worker and the convergence of a job are documents of the API") {
  Cluster cluster;
  cluster.addWorker();
  std::uint64_t job = cluster.submit(50'000'000);
  Json result = cluster.resultOf(job);
  auto ask = [&](const std::string& target) {
    std::string token = Json::parse(contentOf(cluster.connectionFile())).at("observer_token");
    HttpReply reply = fetch(dashboardPort(cluster),
                            {.target = target, .headers = {{"Authorization", "Bearer " + token}}});
    REQUIRE(reply.status == 200);
    return Json::parse(reply.body);
  };
  std::string ofJob = "/api/v1/jobs/" + std::to_string(job) + "/convergence";
  Json points = ask(ofJob).at("points");
  REQUIRE_FALSE(points.empty());
  CHECK(points.back().at("pi") == result.at("pi"));
  CHECK(points.back().at("standard_error") == result.at("standard_error"));
  Json last = ask(ofJob + "?after=" + std::to_string(points.back().at("number").get<int>() - 1));
  CHECK(last.at("points").size() == 1);
  std::string id = ask("/api/v1/workers").at("workers")[0].at("worker").dump();
  std::uint64_t counted = 0;
  const Json leases = ask("/api/v1/workers/" + id + "/leases");
  for (const Json& lease : leases.at("leases")) counted += lease.at("counted").get<std::uint64_t>();
  CHECK(counted == 50'000'000);
}

}  // namespace
}  // namespace pi::cluster
