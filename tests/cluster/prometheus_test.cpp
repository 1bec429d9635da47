// The metrics of a real scheduler, read by Prometheus' own programs.
#include <doctest/doctest.h>
#include <unistd.h>

#include <asio/ip/tcp.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tests/can_run.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/http_client.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

// The program's path; empty if this machine does not have it.
std::string pathOf(Home& home, const std::string& program) {
  Ended found = home.runShell("command -v " + program);
  return found.exitCode == 0 ? found.out.substr(0, found.out.find('\n')) : "";
}

bool hasPrograms(Home& home) {
  bool isThere = !pathOf(home, "promtool").empty() && !pathOf(home, "prometheus").empty();
  if (isThere) return true;
  return canRun("Prometheus", "prometheus and promtool are not installed");
}

std::uint16_t freePort() {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

std::string dashboardOf(const Home& home) {
  std::string url = Json::parse(contentOf(home.connectionFile())).at("dashboard");
  return url.substr(7, url.size() - 8);  // HOST:PORT
}

// The value of a query that has one; null before there is one.
Json valueOf(std::uint16_t prometheus, const std::string& query) {
  try {
    HttpReply reply = fetch(prometheus, {.target = "/api/v1/query?query=" + query});
    if (reply.status != 200) return nullptr;
    Json result = Json::parse(reply.body).at("data").at("result");
    return result.empty() ? Json() : result.at(0).at("value").at(1);
  } catch (const std::exception&) {  // It does not listen yet.
    return nullptr;
  }
}

}  // namespace

TEST_CASE("the metrics count threads, and handshakes that succeed and that are refused") {
  Cluster cluster;
  std::string token = Json::parse(contentOf(cluster.connectionFile())).at("observer_token");
  std::string place = dashboardOf(cluster);
  auto dashboard = static_cast<std::uint16_t>(std::stoul(place.substr(place.rfind(':') + 1)));
  auto figure = [&](const std::string& metric) {
    HttpReply reply =
        fetch(dashboard, {.target = "/metrics", .headers = {{"Authorization", "Bearer " + token}}});
    REQUIRE(reply.status == 200);
    std::size_t line = reply.body.find("\n" + metric + " ");
    REQUIRE(line != reply.body.npos);
    return std::stoull(reply.body.substr(line + metric.size() + 2));
  };
  const std::string succeeded = "pi_handshakes_total{result=\"succeeded\"}";
  const std::string refused = "pi_handshakes_total{result=\"refused\"}";
  CHECK(figure("pi_worker_threads") == 0);
  CHECK(figure(refused) == 0);
  std::uint64_t before = figure(succeeded);

  cluster.addWorker();
  CHECK(figure("pi_worker_threads") == 1);
  CHECK(figure(succeeded) > before);
  CHECK(figure(refused) == 0);

  exchangeBytes(cluster.port(), "this is no handshake\r\n\r\n");
  waitUntil("the refused handshake is counted", [&] { return figure(refused) == 1; });
}

TEST_CASE("promtool finds nothing to criticise in the metrics of a scheduler that works") {
  Cluster cluster;
  if (!hasPrograms(cluster)) return;
  cluster.addWorker();
  cluster.resultOf(cluster.submit(10'000'000));
  std::string token = Json::parse(contentOf(cluster.connectionFile())).at("observer_token");
  std::string place = dashboardOf(cluster);
  auto port = static_cast<std::uint16_t>(std::stoul(place.substr(place.rfind(':') + 1)));
  HttpReply reply =
      fetch(port, {.target = "/metrics", .headers = {{"Authorization", "Bearer " + token}}});
  REQUIRE(reply.status == 200);
  CHECK(mentions(reply.body, "pi_rpc_call_duration_seconds_count{method=\"WorkerDesk.join\"} 1\n"));
  CHECK(mentions(reply.body, "\npi_connections{role=\"worker\"} 1\n"));
  CHECK_FALSE(mentions(reply.body, "\npi_store_size_bytes 0\n"));
  CHECK_FALSE(mentions(reply.body, "\npi_commit_duration_seconds_count 0\n"));
  fs::path file = writePrivate(cluster, "metrics.txt", reply.body);
  Ended checked = cluster.runShell("promtool check metrics < " + file.string());
  CHECK(checked.exitCode == 0);
  CHECK(checked.out + checked.err == "");
}

TEST_CASE("Prometheus scrapes a scheduler with the token in its state directory") {
  Cluster cluster;
  if (!hasPrograms(cluster)) return;
  cluster.addWorker();
  Json job = cluster.resultOf(cluster.submit(10'000'000));
  std::uint16_t port = freePort();
  fs::path config = writePrivate(
      cluster, "prometheus.yml",
      "scrape_configs:\n  - job_name: pi\n    scrape_interval: 1s\n    scrape_timeout: 1s\n"
      "    authorization:\n      credentials_file: " +
          (cluster.stateDirectory() / "observer.token").string() +
          "\n    static_configs:\n      - targets: ['" + dashboardOf(cluster) + "']\n");
  fs::path data = cluster.connectionFile().parent_path() / "prometheus";
  Process prometheus(Command{
      .program = pathOf(cluster, "prometheus"),
      .arguments = {"--config.file=" + config.string(), "--storage.tsdb.path=" + data.string(),
                    "--web.listen-address=127.0.0.1:" + std::to_string(port)}});
  waitUntil("Prometheus has scraped the scheduler", [&] {
    if (prometheus.hasEnded()) throw std::runtime_error("it ended: " + prometheus.err());
    return valueOf(port, "up") == "1";
  });
  CHECK(valueOf(port, "pi_samples_counted_total") == "10000000");
  CHECK(valueOf(port, "pi_hits_counted_total") == job.at("hits_text"));
  CHECK(valueOf(port, "pi_jobs%7Bstate=%22finished%22%7D") == "1");
  CHECK(valueOf(port, "process_open_fds") != nullptr);
  prometheus.signal(SIGTERM);
  prometheus.wait();
}

}  // namespace pi::cluster
