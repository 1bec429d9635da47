// The dashboard's door of a real scheduler: who gets in, and what there is.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/cluster/cluster.h"
#include "tests/cluster/http_client.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

Json fileOf(const Home& home) { return Json::parse(contentOf(home.connectionFile())); }

std::uint16_t portIn(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
}
std::uint16_t dashboardPort(const Home& home) { return portIn(fileOf(home).at("dashboard")); }

HttpReply get(const Home& home, const std::string& target) {
  std::string token = fileOf(home).at("observer_token");
  return fetch(dashboardPort(home),
               {.target = target, .headers = {{"Authorization", "Bearer " + token}}});
}
Json ask(const Home& home, const std::string& target) {
  HttpReply reply = get(home, target);
  REQUIRE(reply.status == 200);
  return Json::parse(reply.body);
}

// The first line of 'pi-client dashboard'.
std::string linkOf(Home& home, const Words& more = {}) {
  Words words = {"dashboard"};
  words.insert(words.end(), more.begin(), more.end());
  Ended client = home.runClient(words);
  REQUIRE(client.exitCode == 0);
  return client.out.substr(0, client.out.find('\n'));
}

// The path and the query of a link.
std::string targetIn(const std::string& link) { return link.substr(link.find('/', 8)); }

std::string cookieIn(const HttpReply& reply) {
  const std::string& header = reply.headers.at("Set-Cookie");
  return header.substr(0, header.find(';'));
}

Words with(const Words& words, const fs::path& connectionFile) {
  Words all = words;
  all.insert(all.end(), {"--connection-file", connectionFile.string()});
  return all;
}

}  // namespace

TEST_CASE("a scheduler says where its dashboard is, and keeps its token in a private file") {
  Cluster cluster;
  std::string url = fileOf(cluster).at("dashboard");
  CHECK(cluster.ask({"info"}).at("dashboard") == url);
  CHECK(mentions(cluster.runClient({"info"}).out, "dashboard " + url));
  CHECK(url == "http://127.0.0.1:" + std::to_string(portIn(url)) + "/");
  CHECK(mentions(cluster.scheduler().out(), "\nDashboard at: " + url + "\n"));
  std::string token = fileOf(cluster).at("observer_token");
  fs::path file = cluster.stateDirectory() / "observer.token";
  CHECK(contentOf(file) == token + "\n");
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK_FALSE(mentions(cluster.scheduler().out() + cluster.scheduler().err(), token));
}

TEST_CASE("the link of 'pi-client dashboard' opens the page, and its cookie outlives a restart") {
  Cluster cluster;
  std::uint16_t port = dashboardPort(cluster);
  CHECK(fetch(port, {.target = "/"}).status == 401);
  HttpReply exchanged = fetch(port, {.target = targetIn(linkOf(cluster))});
  CHECK(exchanged.status == 303);
  CHECK(exchanged.headers.at("Location") == "/");
  std::string cookie = cookieIn(exchanged);
  HttpRequest page{.target = "/", .headers = {{"Cookie", cookie}}};
  HttpReply reply = fetch(port, page);
  CHECK(reply.status == 200);
  CHECK(reply.headers.at("Content-Type") == "text/html; charset=utf-8");
  page.target = "/plain";
  CHECK(mentions(fetch(port, page).body, "No worker is here yet"));
  CHECK(fetch(port, {.target = "/plain.css"}).status == 200);

  cluster.scheduler().signal(SIGKILL);
  cluster.restartScheduler({"--dashboard-address", "127.0.0.1:" + std::to_string(port)});
  REQUIRE(dashboardPort(cluster) == port);
  CHECK(fetch(port, page).status == 200);
}

TEST_CASE("'pi-client dashboard' prints the ssh line, and one JSON object on demand") {
  Cluster cluster;
  Json file = fileOf(cluster);
  std::string port = std::to_string(dashboardPort(cluster));
  Ended text = cluster.runClient({"dashboard"});
  CHECK(mentions(text.out, "  ssh -N -L " + port + ":127.0.0.1:" + port + " " +
                               file.at("host").get<std::string>() + "\n"));
  Json json = cluster.ask({"dashboard"});
  CHECK(json.at("url") == linkOf(cluster));
  CHECK(mentions(json.at("ssh"), "ssh -N -L " + port + ":"));
}

TEST_CASE("no link is printed to a scheduler that does not answer") {
  Cluster cluster;
  Json file = fileOf(cluster);
  file["host"] = "elsewhere";  // Whether its process runs cannot be seen from here.
  fs::path moved = writePrivate(cluster, "moved.json", file.dump());
  CHECK(cluster.runClient(with({"dashboard"}, moved)).exitCode == 0);
  Json observers = file;
  observers.erase("keys");
  fs::path looking = writePrivate(cluster, "looking.json", observers.dump());

  cluster.scheduler().signal(SIGKILL);
  cluster.scheduler().wait();
  Ended refused = cluster.runClient(with({"dashboard"}, moved));
  CHECK(refused.exitCode == 3);
  CHECK(refused.out.empty());
  // Without a key it cannot be asked.
  Ended warned = cluster.runClient(with({"dashboard"}, looking));
  CHECK(warned.exitCode == 0);
  CHECK(mentions(warned.err, "warning: this connection file has no key to ask the scheduler"));
}

TEST_CASE("'dashboard' without a connection file names what it needs") {
  Home home;
  Ended failed = home.runClient({"dashboard"});
  CHECK(failed.exitCode == 3);
  CHECK(mentions(failed.err, "pi-scheduler access observer"));
  CHECK_FALSE(mentions(failed.err, "tcp://"));
}

TEST_CASE("the API has the documents of pi-client") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  std::uint64_t job = cluster.submit(10'000'000, {"--name", "small"});
  Json result = cluster.resultOf(job);
  Json found = ask(cluster, "/api/v1/jobs/" + std::to_string(job));
  CHECK(found == result);
  CHECK(found.at("hits") == hitsAmong(10'000'000));
  CHECK(ask(cluster, "/api/v1/jobs").at("jobs") == cluster.ask({"list"}).at("jobs"));
  Json workers = ask(cluster, "/api/v1/workers").at("workers");
  REQUIRE(workers.size() == 1);
  CHECK(workers[0].at("pid") == worker.pid());
  Json one = ask(cluster, "/api/v1/workers/" + workers[0].at("worker").dump());
  CHECK(one.at("pid") == worker.pid());
  Json overview = ask(cluster, "/api/v1/cluster");
  CHECK(overview.at("jobs_by_state").at("finished") == 1);
  CHECK(overview.at("pid") == cluster.scheduler().pid());
  bool isLogged = false;
  const Json log = ask(cluster, "/api/v1/log");
  for (const Json& line : log.at("lines")) {
    isLogged = isLogged || mentions(line.at("text"), "job 1 (small)");
  }
  CHECK(isLogged);
}

TEST_CASE("health and readiness are told to every monitor, and nothing else is") {
  Cluster cluster;
  std::uint16_t port = dashboardPort(cluster);
  CHECK(fetch(port, {.target = "/health"}).body == "ok\n");
  CHECK(fetch(port, {.target = "/ready"}).body == "ready\n");
  for (const char* target : {"/", "/metrics", "/api/v1/cluster", "/api/v1/jobs", "/api/v1/workers",
                             "/api/v1/log", "/nothing"}) {
    CAPTURE(target);
    HttpReply reply = fetch(port, {.target = target});
    CHECK(reply.status == 401);
    CHECK(isOneLine(reply.body));
    CHECK(Json::parse(reply.body).at("error").is_string());
  }
}

TEST_CASE("a tunnel may use another port, and a foreign name is refused") {
  Cluster cluster({"--dashboard-host", "pi.example"});
  std::uint16_t port = dashboardPort(cluster);
  for (const char* host : {"localhost:1", "127.0.0.1:65535", "[::1]:8787", "pi.example"}) {
    CAPTURE(host);
    CHECK(fetch(port, {.target = "/health", .host = host}).status == 200);
  }
  HttpReply reply = fetch(port, {.target = "/health", .host = "evil.example"});
  CHECK(reply.status == 403);
  CHECK(mentions(reply.body, "--dashboard-host"));
  // A WebSocket of a page on another port of this machine.
  std::string token = fileOf(cluster).at("observer_token");
  HttpRequest socket{.target = "/api/v1/cluster",
                     .headers = {{"Authorization", "Bearer " + token},
                                 {"Origin", "http://localhost:3000"},
                                 {"Sec-WebSocket-Version", "13"},
                                 {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                 {"Upgrade", "websocket"}}};
  CHECK(fetch(port, socket).status == 403);
}

TEST_CASE("'access observer' prints a file that opens the dashboard and nothing else") {
  Cluster cluster;
  Ended access = cluster.runScheduler({"access", "observer"});
  REQUIRE(access.exitCode == 0);
  Json file = Json::parse(access.out);
  CHECK_FALSE(file.contains("keys"));
  CHECK(file.at("observer_token") == fileOf(cluster).at("observer_token"));
  fs::path observers = writePrivate(cluster, "observer.json", access.out);
  CHECK(linkOf(cluster, {"--connection-file", observers.string()}) == linkOf(cluster));
  CHECK(cluster.runClient(with({"list"}, observers)).exitCode == 4);
  CHECK(cluster.runWorker(with({"--threads", "1"}, observers)).exitCode == 4);
  CHECK(cluster.runScheduler(with({"stop"}, observers)).exitCode == 4);

  Ended worker = cluster.runScheduler({"access", "worker"});
  CHECK_FALSE(Json::parse(worker.out).contains("observer_token"));
  fs::path workers = writePrivate(cluster, "worker.json", worker.out);
  Ended refused = cluster.runClient(with({"dashboard"}, workers));
  CHECK(refused.exitCode == 4);
  CHECK(mentions(refused.err, "pi-scheduler access observer"));
}

TEST_CASE("'access observer --rotate' ends the old token and its cookies at the next start") {
  Cluster cluster;
  std::string old = fileOf(cluster).at("observer_token");
  std::string cookie =
      cookieIn(fetch(dashboardPort(cluster), {.target = targetIn(linkOf(cluster))}));
  Ended rotated = cluster.runScheduler(
      {"access", "observer", "--rotate", "--state-dir", cluster.stateDirectory().string()});
  REQUIRE(rotated.exitCode == 0);
  CHECK(Json::parse(rotated.out).at("observer_token") != old);
  CHECK(get(cluster, "/").status == 200);  // Until then the old one is valid.
  cluster.scheduler().signal(SIGTERM);
  cluster.restartScheduler();
  CHECK(fileOf(cluster).at("observer_token") == Json::parse(rotated.out).at("observer_token"));
  CHECK(get(cluster, "/").status == 200);
  std::uint16_t port = dashboardPort(cluster);
  HttpRequest page{.target = "/", .headers = {{"Authorization", "Bearer " + old}}};
  CHECK(fetch(port, page).status == 401);
  page.headers = {{"Cookie", cookie}};
  CHECK(fetch(port, page).status == 401);
}

TEST_CASE("'access observer --rotate' refuses a directory that is not the scheduler's") {
  Cluster cluster;
  Home other;
  Ended refused = cluster.runScheduler(
      {"access", "observer", "--rotate", "--state-dir", other.connectionFile().parent_path()});
  CHECK(refused.exitCode == 1);
  CHECK(mentions(refused.err, "name its state directory with --state-dir"));
  CHECK_FALSE(fs::exists(other.connectionFile().parent_path() / "observer.token"));
}

TEST_CASE("a taken port of the dashboard: the next one is used, and the scheduler says so") {
  Cluster first;
  std::uint16_t taken = dashboardPort(first);
  if (taken >= 65'500) return;
  Cluster second({"--dashboard-address", "127.0.0.1:" + std::to_string(taken)});
  std::uint16_t used = dashboardPort(second);
  CHECK(used > taken);
  second.scheduler().waitForErr("port " + std::to_string(taken) +
                                " is taken; the dashboard is on port " + std::to_string(used) +
                                " instead");
  CHECK(get(second, "/").status == 200);
}

TEST_CASE("without a dashboard there is none, and pi-client says why") {
  Cluster cluster({"--dashboard-address", "none"});
  CHECK(cluster.ask({"info"}).at("dashboard").is_null());
  CHECK(fileOf(cluster).at("dashboard").is_null());
  CHECK_FALSE(mentions(cluster.scheduler().out(), "Dashboard"));
  CHECK_FALSE(fs::exists(cluster.stateDirectory() / "observer.token"));
  Ended client = cluster.runClient({"dashboard"});
  CHECK(client.exitCode == 1);
  CHECK(isOneLine(client.err));
  CHECK(mentions(client.err, "--dashboard-address none"));
  CHECK(cluster.runScheduler({"access", "observer"}).exitCode == 1);
}

TEST_CASE("with --insecure no token is asked, and foreign names are refused as before") {
  Cluster cluster({"--insecure"});
  std::uint16_t port = dashboardPort(cluster);
  CHECK_FALSE(fileOf(cluster).contains("observer_token"));
  CHECK(fetch(port, {.target = "/api/v1/cluster"}).status == 200);
  CHECK(fetch(port, {.target = "/api/v1/cluster", .host = "evil.example"}).status == 403);
  CHECK(fetch(port, {.target = "/", .headers = {{"Origin", "http://localhost:3000"}}}).status ==
        403);
  CHECK(linkOf(cluster) == fileOf(cluster).at("dashboard").get<std::string>());
}

TEST_CASE("a token that others could read keeps a scheduler from starting, with the remedy") {
  Cluster cluster;
  cluster.scheduler().signal(SIGTERM);
  REQUIRE(cluster.scheduler().wait() == 0);
  fs::path file = cluster.stateDirectory() / "observer.token";
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  auto open = cluster.startScheduler({"--port", "0"});
  CHECK(open->wait() == 1);
  CHECK(mentions(open->err(), "could be read by others; run 'chmod 600"));
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  writePrivate(cluster, "state/observer.token", "short\n");
  auto damaged = cluster.startScheduler({"--port", "0"});
  CHECK(damaged->wait() == 1);
  CHECK(mentions(damaged->err(), "is damaged; remove the file"));
}

TEST_CASE("a link with control works once, and its session may submit and cancel jobs") {
  Cluster cluster;
  std::uint16_t port = dashboardPort(cluster);
  std::string link = linkOf(cluster, {"--control"});
  CHECK(mentions(link, "/?code="));
  HttpReply opened = fetch(port, {.target = targetIn(link)});
  REQUIRE(opened.status == 303);
  CHECK(fetch(port, {.target = targetIn(link)}).status == 401);

  // Both cookies came; the last header of the name is the observer's, so the session is asked for.
  std::string token = cluster.runClient({"dashboard", "--control", "--token"}).out;
  token.pop_back();
  HttpRequest change{
      .target = "/api/v1/jobs",
      .headers = {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
      .method = "POST",
      .body = R"({"samples": 1000000000000000, "name": "by hand"})"};
  HttpReply submitted = fetch(port, change);
  REQUIRE(submitted.status == 201);
  CHECK(submitted.headers.at("Location") == "/api/v1/jobs/1");
  CHECK(cluster.ask({"status", "1"}).at("name") == "by hand");
  change.target = "/api/v1/jobs/1/priority";
  change.body = R"({"priority": 3})";
  CHECK(Json::parse(fetch(port, change).body).at("priority") == 3);
  change.target = "/api/v1/jobs/1/cancel";
  change.body = "{}";
  CHECK(Json::parse(fetch(port, change).body).at("state") == "cancelled");
  CHECK(cluster.stateOf(1) == "cancelled");
}

TEST_CASE("the text with a link with control says that it works once, and when to tunnel") {
  Cluster cluster;
  Ended text = cluster.runClient({"dashboard", "--control"});
  CHECK(mentions(text.out, "The link works once, and within a minute."));
  CHECK(mentions(text.out, "run this there first, and then get a new link:\n  ssh -N -L "));
}

TEST_CASE("an observer's token and cookie change nothing, and a restart ends control") {
  Cluster cluster;
  std::string observers = fileOf(cluster).at("observer_token");
  std::string token = cluster.runClient({"dashboard", "--control", "--token"}).out;
  token.pop_back();
  HttpRequest change{
      .target = "/api/v1/jobs",
      .headers = {{"Authorization", "Bearer " + observers}, {"Content-Type", "application/json"}},
      .method = "POST",
      .body = R"({"samples": 1000})"};
  HttpReply refused = fetch(dashboardPort(cluster), change);
  CHECK(refused.status == 403);
  CHECK(mentions(refused.body, "pi-client dashboard --control"));
  cluster.scheduler().signal(SIGKILL);
  cluster.restartScheduler();
  change.headers["Authorization"] = "Bearer " + token;
  CHECK(fetch(dashboardPort(cluster), change).status == 401);
  CHECK(cluster.ask({"list"}).at("jobs").empty());
}

TEST_CASE("a file that has no client's key opens no control") {
  Cluster cluster;
  Ended access = cluster.runScheduler({"access", "observer"});
  fs::path observers = writePrivate(cluster, "observer.json", access.out);
  CHECK(cluster.runClient(with({"dashboard", "--control"}, observers)).exitCode == 4);
}

}  // namespace pi::cluster
