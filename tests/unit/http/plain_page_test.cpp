#include "scheduler/http/plain_page.h"

#include <doctest/doctest.h>

using namespace pi;
using namespace pi::scheduler::http;

namespace {

const SchedulerInfo kInfo{.programVersion = "1", .gitCommit = "c", .host = "login1"};

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an empty cluster's page says how to start workers and jobs") {
  std::string page = plainPage(kInfo, {}, {});
  CHECK(mentions(page, "<code>pi-worker</code>"));
  CHECK(mentions(page, "<code>pi-client 1e12</code>"));
  CHECK(mentions(page, "login1"));
}

TEST_CASE("texts of peers cannot add elements to the page") {
  std::string evil = "<script>alert(\"1\")</script>&";
  JobInfo job{.spec = {.samples = 1000, .chunkSize = 10, .submitter = evil, .name = evil}};
  job.reason = evil;
  WorkerInfo worker{.profile = {.name = evil, .host = evil, .kernel = evil, .batchJob = evil}};
  worker.reason = evil;
  SchedulerInfo info = kInfo;
  info.host = evil;
  info.diskFailure = evil;
  std::string page = plainPage(info, std::span(&job, 1), std::span(&worker, 1));
  CHECK_FALSE(mentions(page, "<script"));
  CHECK(mentions(page, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;"));
}

TEST_CASE("the page has no style and no script of its own, which its policy forbids") {
  std::string page = plainPage(kInfo, {}, {});
  for (const char* part : {"<style", "style=", "<script", "onclick"}) {
    CAPTURE(part);
    CHECK_FALSE(mentions(page, part));
  }
  CHECK(mentions(page, "href=\"/plain.css\""));
}

TEST_CASE("a worker's row has the time that is left, if it is known") {
  WorkerInfo worker;
  CHECK(mentions(plainPage(kInfo, {}, std::span(&worker, 1)), "Time left"));
  worker.timeLeft = std::chrono::minutes(61);
  CHECK(mentions(plainPage(kInfo, {}, std::span(&worker, 1)), "<td class=\"number\">1h 01m</td>"));
}

TEST_CASE("a job's row has its digits and its share") {
  JobInfo job{.spec = {.samples = 2'000'000, .chunkSize = 1000, .name = "night"}};
  job.state = JobState::kRunning;
  job.samplesCounted = 1'000'000;
  job.stratumSamples[0] = 1'000'000;
  job.hits.strata[0] = 785'398;
  std::string page = plainPage(kInfo, std::span(&job, 1), {});
  CHECK(mentions(page, "<td class=\"number\">50 %</td><td>3.14"));
  CHECK(mentions(page, "<td>night</td>"));
  CHECK(mentions(page, "<td>running</td>"));
}
