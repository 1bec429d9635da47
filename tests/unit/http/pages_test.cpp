// The pages of a scheduler with jobs and workers.
#include "scheduler/http/pages.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <thread>

#include "common/model/stream.h"
#include "common/model/version.h"
#include "scheduler/limits.h"
#include "tests/unit/service/captured_log.h"
#include "tests/unit/service/fixture.h"

namespace pi::scheduler::http {
namespace {

using scheduler::testing::Fixture;
using Json = nlohmann::json;

class NoSite final : public Site {
 public:
  kj::Promise<Answer> answer(const Judgement&, const std::string&) override { return Answer{}; }
  kj::Promise<void> show(LiveVisit) override { return kj::READY_NOW; }
};

struct Shown {
  Shown() { pages.setDoor(door); }

  Answer answer(const std::string& target) {
    return begin({.target = target, .host = "localhost"}, "").wait(fixture.loop.waitScope());
  }
  kj::Promise<Answer> begin(const RequestHead& head, const std::string& body) {
    Judgement judgement = judge(head, DoorKeys{}, ControlSessions{}, Moment{});
    REQUIRE_FALSE(judgement.failure.has_value());
    return pages.answer(judgement, body);
  }
  kj::Promise<Answer> post(const std::string& target, const std::string& body) {
    return begin({.method = Method::kPost,
                  .target = target,
                  .host = "localhost",
                  .contentType = "application/json",
                  .contentLength = "2"},
                 body);
  }
  Answer posted(const std::string& target, const std::string& body) {
    auto answer = post(target, body);
    fixture.save();
    return answer.wait(fixture.loop.waitScope());
  }
  Json ask(const std::string& target) {
    Answer answered = answer(target);
    CAPTURE(answered.body);
    REQUIRE(answered.status == 200);
    CHECK(answered.type == kJsonType);
    return Json::parse(answered.body);
  }
  unsigned statusOf(const std::string& target) {
    Answer answered = answer(target);
    if (answered.status >= 400) CHECK(Json::parse(answered.body).contains("error"));
    return answered.status;
  }

  scheduler::testing::CapturedLog log;
  Fixture fixture;
  Pages pages{fixture.loop, fixture.service, {}};
  NoSite none;
  Door door{fixture.loop, DoorKeys{}, none};
};

TEST_CASE("without the dashboard's files its page is the plain one, which every build has") {
  Shown shown;
  for (const char* target : {"/", "/plain"}) {
    CHECK(shown.answer(target).body.find("No worker is here yet") != std::string::npos);
  }
  CHECK(shown.answer("/plain.css").type == kStyleType);
  CHECK(shown.statusOf("/dashboard.js") == 404);

  constexpr std::array kFiles = {
      dashboard::File{.path = "/", .type = kHtmlType, .tag = "\"1\"", .gzip = {}},
      dashboard::File{.path = "/icon.svg", .type = "image/svg+xml", .tag = "\"2\"", .gzip = {}}};
  Pages pages(shown.fixture.loop, shown.fixture.service, kFiles);
  auto ask = [&](const RequestHead& head) {
    Judgement judgement = judge(head, DoorKeys{}, ControlSessions{}, Moment{});
    return pages.answer(judgement, "").wait(shown.fixture.loop.waitScope());
  };
  CHECK(ask({.target = "/", .host = "localhost"}).caching == "no-cache");
  CHECK(ask({.target = "/", .host = "localhost", .ifNoneMatch = "\"1\""}).status == 304);
  CHECK(ask({.target = "/icon.svg", .host = "localhost", .ifNoneMatch = "\"1\""}).status == 200);
  CHECK(ask({.target = "/plain", .host = "localhost"}).body.starts_with("<!doctype html>"));
}

TEST_CASE("the cluster's document counts jobs and workers by their states") {
  Shown shown;
  shown.fixture.submit();
  shown.fixture.joined();
  Json cluster = shown.ask("/api/v1/cluster");
  CHECK(cluster.at("schema") == 1);
  CHECK(cluster.at("workers") == 1);
  CHECK(cluster.at("jobs_by_state").at("queued") == 1);
  CHECK(cluster.at("jobs_by_state").at("finished") == 0);
  CHECK(cluster.at("workers_by_state").at("active") == 1);
  CHECK(cluster.at("workers_by_state").at("lost") == 0);
}

TEST_CASE("jobs come in pages, the newest first") {
  Shown shown;
  for (int i = 0; i < 5; ++i) shown.fixture.submit();
  std::vector<std::uint64_t> found;
  std::string target = "/api/v1/jobs?limit=2";
  for (int pages = 1;; ++pages) {
    Json page = shown.ask(target);
    for (const Json& job : page.at("jobs")) found.push_back(job.at("job"));
    if (page.at("next_before").is_null()) {
      CHECK(pages == 3);
      break;
    }
    target = "/api/v1/jobs?limit=2&before=" + page.at("next_before").dump();
  }
  CHECK(found == std::vector<std::uint64_t>{5, 4, 3, 2, 1});
}

TEST_CASE("a job has the document of pi-client status") {
  Shown shown;
  shown.fixture.submit();
  Json job = shown.ask("/api/v1/jobs/1");
  CHECK(job.at("samples") == 1000);
  CHECK(job.at("samples_text") == "1000");
  CHECK(job.at("state") == "queued");
  CHECK(shown.ask("/api/v1/jobs/last").at("uid") == job.at("uid"));
  CHECK(shown.statusOf("/api/v1/jobs/2") == 404);
}

TEST_CASE("workers come in pages, by their ids") {
  Shown shown;
  for (int i = 0; i < 3; ++i) shown.fixture.joined();
  Json first = shown.ask("/api/v1/workers?limit=2");
  REQUIRE(first.at("workers").size() == 2);
  REQUIRE_FALSE(first.at("next_after").is_null());
  Json rest = shown.ask("/api/v1/workers?after=" + first.at("next_after").dump());
  REQUIRE(rest.at("workers").size() == 1);
  CHECK(rest.at("next_after").is_null());
  std::set<std::uint64_t> ids;
  for (const Json& page : {first, rest}) {
    for (const Json& each : page.at("workers")) {
      ids.insert(each.at("worker").get<std::uint64_t>());
    }
  }
  CHECK(ids.size() == 3);
  std::string id = std::to_string(*ids.begin());
  CHECK(shown.ask("/api/v1/workers/" + id).at("worker") == *ids.begin());
  CHECK(shown.statusOf("/api/v1/workers/123456789") == 404);
}

TEST_CASE("a wrong number in a query is refused") {
  Shown shown;
  for (const char* target :
       {"/api/v1/jobs?limit=0", "/api/v1/jobs?limit=1001", "/api/v1/jobs?limit=x",
        "/api/v1/jobs?limit=", "/api/v1/jobs?before=0", "/api/v1/jobs?before=-1",
        "/api/v1/workers?limit=1e3", "/api/v1/workers?after=x", "/api/v1/log?limit=501"}) {
    CAPTURE(target);
    CHECK(shown.statusOf(target) == 400);
  }
}

TEST_CASE("the log's document has the last lines") {
  Shown shown;
  for (int i = 0; i < 600; ++i) spdlog::info("line {}", i);
  {
    LogAbout about({.job = JobId{7}});
    spdlog::warn("careful");
  }
  Json log = shown.ask("/api/v1/log?limit=3");
  REQUIRE(log.at("lines").size() == 3);
  CHECK(log.at("lines")[0].at("text") == "line 598");
  CHECK_FALSE(log.at("lines")[0].contains("job"));
  CHECK(log.at("lines")[2].at("text") == "careful");
  CHECK(log.at("lines")[2].at("job") == 7);
  CHECK(log.at("lines")[2].at("level") == "warning");
  CHECK(std::string(log.at("lines")[2].at("time")).ends_with("Z"));
  CHECK(shown.ask("/api/v1/log").at("lines").size() == kLogLinesKept);
}

TEST_CASE("a scheduler is ready until its disk fails or it stops") {
  Shown shown;
  CHECK(shown.answer("/health").body == "ok\n");
  CHECK(shown.answer("/ready").status == 200);
  auto asked = shown.fixture.service.clients().submit(scheduler::testing::kSpec, "");
  shown.fixture.settle();
  shown.fixture.service.saving().notSaved("the disk is full");
  CHECK(shown.answer("/ready").status == 503);
  CHECK(shown.answer("/ready").body == "not ready\n");
  CHECK(shown.answer("/health").status == 200);
  shown.fixture.save();
  CHECK(shown.answer("/ready").status == 200);
  shown.fixture.service.shutdown().start(StopWorkers::kNo);
  CHECK(shown.answer("/ready").status == 503);
}

TEST_CASE("a scheduler whose loop is late is not ready") {
  Shown shown;
  auto pause = [&](std::chrono::milliseconds time) {
    shown.fixture.loop.timer().afterDelay(net::toKj(time)).wait(shown.fixture.loop.waitScope());
  };
  pause(std::chrono::milliseconds(300));
  CHECK(shown.answer("/ready").status == 200);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  pause(std::chrono::milliseconds(300));
  CHECK(shown.answer("/ready").status == 503);
}

TEST_CASE("the metrics count what a job and its worker did") {
  Shown shown;
  shown.fixture.submit();
  auto joined = shown.fixture.joined();
  scheduler::testing::computeAll(shown.fixture, joined.session);
  shown.fixture.save();
  Answer answer = shown.answer("/metrics");
  CHECK(answer.type == "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"\npi_jobs{state=\"finished\"} 1\n", "\npi_jobs{state=\"queued\"} 0\n",
        "\npi_samples_counted_total 1000\n", "\npi_chunks_counted_total 10\n",
        "\npi_workers{state=\"active\"} 1\n", "\npi_workers_by_kernel{kernel=\"other\"} 1\n",
        "\npi_jobs_submitted_total 1\n", "\npi_connections{role=\"worker\"} 0\n",
        "\npi_tallies_dropped_total{reason=\"job_over\"} 0\n",
        "\n# TYPE pi_worker_threads gauge\npi_worker_threads 1\n",
        "\npi_handshakes_total{result=\"succeeded\"} 0\n",
        "\npi_handshakes_total{result=\"refused\"} 0\n"}) {
    CAPTURE(line);
    CHECK(answer.body.find(line) != std::string::npos);
  }
  const std::string version(programVersion()), commit(gitCommit());
  CHECK(answer.body.starts_with(
      "# HELP pi_build_info Version of the scheduler; the value is always 1.\n"
      "# TYPE pi_build_info gauge\npi_build_info{version=\"" +
      version + "\",git_commit=\"" + commit + "\",stream_version=\"" +
      std::to_string(kStreamVersion) + "\"} 1\n"));
  CHECK(answer.body.find("\npi_commit_duration_seconds_count 0\n") == std::string::npos);
}

TEST_CASE("a job is submitted, and answered when it is saved") {
  Shown shown;
  auto asked = shown.post("/api/v1/jobs", R"({"samples": 5000, "name": "small"})");
  CHECK_FALSE(asked.poll(shown.fixture.loop.waitScope()));
  shown.fixture.save();
  Answer answer = asked.wait(shown.fixture.loop.waitScope());
  CHECK(answer.status == 201);
  CHECK(answer.headers.at(0) == std::pair<std::string, std::string>("Location", "/api/v1/jobs/1"));
  CHECK(Json::parse(answer.body).at("job") == 1);
  Json job = shown.ask("/api/v1/jobs/1");
  CHECK(job.at("samples") == 5000);
  CHECK(job.at("name") == "small");
  CHECK(job.at("submitter") == "dashboard");
}

TEST_CASE("the same request id is the same job") {
  Shown shown;
  std::string body = R"({"samples": 5000, "request_id": "once"})";
  for (int i = 0; i < 2; ++i) {
    CHECK(Json::parse(shown.posted("/api/v1/jobs", body).body).at("job") == 1);
  }
  CHECK(shown.posted("/api/v1/jobs", R"({"samples": 6000, "request_id": "once"})").status == 400);
}

TEST_CASE("a job is cancelled with a reason, and a second time nothing is changed") {
  Shown shown;
  shown.fixture.submit();
  Json job = Json::parse(shown.posted("/api/v1/jobs/1/cancel", R"({"reason": "enough"})").body);
  CHECK(job.at("state") == "cancelled");
  CHECK(job.at("reason") == "enough");
  CHECK(job.at("was_over") == false);
  Json again = Json::parse(shown.posted("/api/v1/jobs/1/cancel", "").body);
  CHECK(again.at("was_over") == true);
  CHECK(again.at("reason") == "enough");
  CHECK(shown.posted("/api/v1/jobs/7/cancel", "").status == 404);
}

TEST_CASE("a job gets another priority") {
  Shown shown;
  shown.fixture.submit();
  Json job = Json::parse(shown.posted("/api/v1/jobs/last/priority", R"({"priority": -3})").body);
  CHECK(job.at("priority") == -3);
  CHECK(job.at("was_over") == false);
  CHECK(shown.ask("/api/v1/jobs/1").at("priority") == -3);
  CHECK(shown.posted("/api/v1/jobs/7/priority", R"({"priority": 1})").status == 404);
}

TEST_CASE("a wrong body is refused and changes nothing") {
  Shown shown;
  shown.fixture.submit();
  CHECK(shown.posted("/api/v1/jobs", "{}").status == 400);
  CHECK(shown.posted("/api/v1/jobs/1/cancel", "[]").status == 400);
  CHECK(shown.posted("/api/v1/jobs/1/priority", "{}").status == 400);
  CHECK(shown.ask("/api/v1/jobs").at("jobs").size() == 1);
  CHECK(shown.ask("/api/v1/jobs/1").at("state") == "queued");
}

TEST_CASE("a change that cannot be saved is refused with the reason") {
  Shown shown;
  auto asked = shown.post("/api/v1/jobs", R"({"samples": 5000})");
  shown.fixture.settle();
  shown.fixture.service.saving().notSaved("the disk is full");
  Answer answer = asked.wait(shown.fixture.loop.waitScope());
  CHECK(answer.status == 503);
  CHECK(answer.body.find("the disk is full") != std::string::npos);
}

// The names of metrics in an expression of Prometheus' language.
std::set<std::string> metricsIn(const std::string& expression) {
  static const std::regex kName("(pi|process)_[a-z_]+");
  std::set<std::string> names;
  for (std::sregex_iterator found(expression.begin(), expression.end(), kName), end; found != end;
       ++found) {
    names.insert(found->str());
  }
  return names;
}

TEST_CASE("leases are counted by the outcomes that they had") {
  Shown shown;
  shown.fixture.submit();
  auto joined = shown.fixture.joined();
  scheduler::testing::computeAll(shown.fixture, joined.session);
  std::string page = shown.answer("/metrics").body;
  CHECK(page.find("\npi_leases_ended_total{outcome=\"done\"} ") != std::string::npos);
  CHECK(page.find("\npi_leases_ended_total{outcome=\"done\"} 0\n") == std::string::npos);
  CHECK(page.find("\npi_leases_ended_total{outcome=\"given back\"} 0\n") != std::string::npos);
  CHECK(page.find("outcome=\"running\"") == std::string::npos);
  CHECK(page.find("\npi_http_viewers 0\n") != std::string::npos);
}

TEST_CASE("the convergence of a job is a document, from any of its points on") {
  Shown shown;
  shown.fixture.submit();
  auto joined = shown.fixture.joined();
  CHECK(shown.ask("/api/v1/jobs/1/convergence").at("points").empty());
  scheduler::testing::computeAll(shown.fixture, joined.session);
  shown.fixture.save();
  Json document = shown.ask("/api/v1/jobs/last/convergence");
  CHECK(document.at("job") == 1);
  const Json& points = document.at("points");
  REQUIRE_FALSE(points.empty());
  Json job = shown.ask("/api/v1/jobs/1");
  CHECK(points.back().at("samples") == 1000);
  CHECK(points.back().at("pi") == job.at("pi"));
  CHECK(points.back().at("standard_error") == job.at("standard_error"));
  std::string last = points.back().at("number").dump();
  CHECK(shown.ask("/api/v1/jobs/1/convergence?after=" + last).at("points").empty());
  CHECK(shown.statusOf("/api/v1/jobs/2/convergence") == 404);
  CHECK(shown.statusOf("/api/v1/jobs/1/convergence?after=x") == 400);
}

TEST_CASE("the leases of a worker are a document, the newest of them and the running ones last") {
  Shown shown;
  shown.fixture.submit();
  auto joined = shown.fixture.joined();
  std::string path = "/api/v1/workers/" + std::to_string(number(joined.session.worker)) + "/leases";
  CHECK(shown.ask(path).at("leases").empty());
  shown.fixture.lentTo(joined.session);
  Json leases = shown.ask(path).at("leases");
  REQUIRE_FALSE(leases.empty());
  CHECK(leases.back().at("outcome") == "running");
  CHECK(leases.back().at("ended_seconds").is_null());
  CHECK(leases.back().at("begun_seconds") >= 0);
  CHECK(shown.ask(path + "?limit=1").at("leases") == Json::array({leases.back()}));
  CHECK(shown.statusOf("/api/v1/workers/999/leases") == 404);
  CHECK(shown.statusOf(path + "?limit=0") == 400);
}

TEST_CASE("every metric of the Grafana dashboard is on the page of metrics") {
  Shown shown;
  std::string page = shown.answer("/metrics").body;
  Json dashboard = Json::parse(std::ifstream(PI_DOCS_DIRECTORY "/grafana.json"));
  std::size_t metrics = 0;
  for (const Json& panel : dashboard.at("panels")) {
    for (const Json& target : panel.at("targets")) {
      std::string expression = target.at("expr");
      for (std::string name : metricsIn(expression)) {
        CAPTURE(name);
        ++metrics;
        for (const char* part : {"_bucket", "_sum", "_count"}) {
          if (name.ends_with(part)) name.resize(name.size() - std::string(part).size());
        }
        CHECK(page.find("\n# TYPE " + name + " ") != std::string::npos);
      }
    }
  }
  CHECK(metrics >= 15);
}

}  // namespace
}  // namespace pi::scheduler::http
