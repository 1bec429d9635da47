// The dashboard of a real scheduler over the network: HTTPS, or nothing.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include "common/net/secrets/secret.h"
#include "common/net/tls/web_certificate.h"
#include "common/net/transport/interfaces.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/http_client.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/strangers.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

const Words kEverywhere = {"--dashboard-address", "0.0.0.0:0"};

Json fileOf(const Home& home) { return Json::parse(contentOf(home.connectionFile())); }

// A scheduler whose dashboard listens on every IPv4 address.
struct Open : Cluster {
  explicit Open(const Words& more = {}) : Cluster(with(more)) { look(); }
  static Words with(const Words& more) {
    Words words = kEverywhere;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  void look() {
    url = fileOf(*this).at("dashboard");
    dashboardPort = static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
    pem = contentOf(stateDirectory() / "dashboard.pem");
  }
  HttpReply get(const std::string& target, const std::string& host = "localhost") {
    std::string token = fileOf(*this).at("observer_token");
    HttpRequest request{
        .target = target, .headers = {{"Authorization", "Bearer " + token}}, .host = host};
    return fetchEncrypted(dashboardPort, request, pem);
  }

  std::string url;
  std::uint16_t dashboardPort = 0;
  std::string pem;
};

}  // namespace

TEST_CASE("a dashboard for the network is served by HTTPS, at the names of its certificate") {
  Open cluster({"--dashboard-host", "pi.example"});
  std::string first = net::machineAddresses().front();
  CHECK(cluster.url.starts_with("https://" + first + ":"));
  CHECK(mentions(cluster.scheduler().out(), "\nDashboard at: " + cluster.url + "\n"));
  CHECK(cluster.get("/api/v1/cluster").status == 200);
  CHECK(cluster.get("/api/v1/cluster", "127.0.0.1:1").status == 200);
  CHECK(cluster.get("/api/v1/cluster", "pi.example").status == 200);
  CHECK(cluster.get("/api/v1/cluster", first).status == 200);
  CHECK(cluster.get("/api/v1/cluster", net::hostName()).status == 200);
  CHECK_THROWS(cluster.get("/api/v1/cluster", "evil.example"));  // The certificate does not fit.
  fs::path file = cluster.stateDirectory() / "dashboard.pem";
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a browser that takes any certificate is refused by its Host header") {
  Open cluster;
  Ended curl = cluster.runShell(
      "curl --silent --insecure --write-out '%{http_code}' --header 'Host: evil.example' "
      "https://127.0.0.1:" +
      std::to_string(cluster.dashboardPort) + "/health");
  REQUIRE(curl.exitCode == 0);
  CHECK(curl.out.ends_with("403"));
  Ended trusting = cluster.runShell(
      "curl --silent --fail --cacert " + (cluster.stateDirectory() / "dashboard.pem").string() +
      " https://localhost:" + std::to_string(cluster.dashboardPort) + "/health");
  CHECK(trusting.out == "ok\n");
}

TEST_CASE("the cookie of an encrypted dashboard is never sent in clear") {
  Open cluster;
  Ended client = cluster.runClient({"dashboard"});
  std::string link = client.out.substr(0, client.out.find('\n'));
  REQUIRE(link.starts_with(cluster.url + "?token="));
  HttpRequest open{.target = link.substr(link.find("/?token="))};
  HttpReply opened = fetchEncrypted(cluster.dashboardPort, open, cluster.pem);
  REQUIRE(opened.status == 303);
  std::string cookie = opened.headers.at("Set-Cookie");
  CHECK(mentions(cookie, "; Secure"));
  HttpRequest page{.target = "/", .headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}}};
  CHECK(fetchEncrypted(cluster.dashboardPort, page, cluster.pem).status == 200);
  // The page of the same place by HTTP is another origin.
  page.headers["Origin"] = "http://localhost";
  CHECK(fetchEncrypted(cluster.dashboardPort, page, cluster.pem).status == 403);
  page.headers["Origin"] = "https://localhost";
  CHECK(fetchEncrypted(cluster.dashboardPort, page, cluster.pem).status == 200);
}

TEST_CASE("the certificate's fingerprint is printed wherever its link is, and survives restarts") {
  Open cluster;
  std::string fingerprint = net::certificateFingerprint(net::Secret(cluster.pem));
  CHECK(mentions(cluster.scheduler().out(),
                 "\nDashboard certificate: SHA-256 " + fingerprint + "\n"));
  Ended client = cluster.runClient({"dashboard"});
  CHECK(mentions(client.out, "\n  " + fingerprint + "\n"));
  CHECK(mentions(client.out, "  ssh -N -L "));
  CHECK(cluster.ask({"dashboard"}).at("certificate_sha256") == fingerprint);
  std::string observers = cluster.runScheduler({"access", "observer"}).out;
  CHECK(Json::parse(observers).at("dashboard_fingerprint") == fingerprint);

  cluster.scheduler().signal(SIGKILL);
  cluster.restartScheduler(kEverywhere);
  cluster.look();
  CHECK(net::certificateFingerprint(net::Secret(cluster.pem)) == fingerprint);
  CHECK(cluster.get("/api/v1/cluster").status == 200);
  cluster.scheduler().signal(SIGTERM);
  cluster.restartScheduler(Open::with({"--dashboard-host", "pi.example"}));
  cluster.look();
  CHECK(net::certificateFingerprint(net::Secret(cluster.pem)) != fingerprint);
  CHECK(cluster.get("/api/v1/cluster", "pi.example").status == 200);
}

TEST_CASE("a request by HTTP to the port of HTTPS gets one line that says so") {
  Open cluster;
  HttpReply reply = fetch(cluster.dashboardPort, {.target = "/?token=mine"});
  CHECK(reply.status == 400);
  CHECK(isOneLine(reply.body));
  CHECK(mentions(Json::parse(reply.body).at("error"), "https://"));
  cluster.scheduler().waitForErr("it speaks no TLS");
  CHECK_FALSE(mentions(cluster.scheduler().err(), "mine"));
}

TEST_CASE("a dashboard for the network is in clear only with --insecure-network") {
  Cluster cluster({"--insecure", "--insecure-network", "--dashboard-address", "0.0.0.0:0"});
  std::string url = fileOf(cluster).at("dashboard");
  CHECK(url.starts_with("http://"));
  CHECK_FALSE(fileOf(cluster).contains("dashboard_fingerprint"));
  CHECK_FALSE(fs::exists(cluster.stateDirectory() / "dashboard.pem"));
  auto port = static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
  CHECK(fetch(port, {.target = "/api/v1/cluster"}).status == 200);
  Home home;
  Ended refused = home.runScheduler({"--insecure", "--dashboard-address", "0.0.0.0:0"});
  CHECK(refused.exitCode == 2);
  CHECK(mentions(refused.err, "--insecure-network"));
}

TEST_CASE("handshakes that strangers leave half open at the dashboard keep no visitor out") {
  Open cluster;
  cluster.addWorker();
  std::uint64_t job = cluster.submit(10'000'000);
  net::KjLoop loop;
  Crowd crowd(loop, cluster.dashboardPort);
  const std::string hello = helloWith("X25519");
  for (int i = 0; i < 300; ++i) {
    crowd.connect();
    crowd.send(hello);
    crowd.send(hello.substr(0, hello.size() / 2));
  }
  // The slowest handshakes make room, in the order of their arrival.
  CHECK(cluster.get("/api/v1/cluster").status == 200);
  CHECK(cluster.resultOf(job).at("hits") == hitsAmong(10'000'000));
  crowd.sockets.clear();
  CHECK(cluster.get("/api/v1/cluster").status == 200);
  cluster.scheduler().signal(SIGTERM);
  CHECK(cluster.scheduler().wait() == 0);
  CHECK(mentions(cluster.scheduler().err(), "handshakes of browsers: "));
}

}  // namespace pi::cluster
