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
  std::string page = plainPage({.info = kInfo});
  CHECK(mentions(page, "<code>pi-worker</code>"));
  CHECK(mentions(page, "<code>pi-client 1e12</code>"));
  page = plainPage({.info = kInfo, .commands = {.worker = "pi-worker", .batchJob = "sbatch x"}});
  CHECK(mentions(page, "<code>sbatch x</code>"));
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
  std::string page =
      plainPage({.info = info, .jobs = std::span(&job, 1), .workers = std::span(&worker, 1)});
  CHECK_FALSE(mentions(page, "<script"));
  CHECK(mentions(page, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;"));
}

TEST_CASE("the page has no style and no script of its own, which its policy forbids") {
  std::string page = plainPage({.info = kInfo});
  for (const char* part : {"<style", "style=", "<script", "onclick"}) {
    CAPTURE(part);
    CHECK_FALSE(mentions(page, part));
  }
  CHECK(mentions(page, "href=\"/plain.css\""));
}

TEST_CASE("a worker's row has the time that is left, if it is known") {
  WorkerInfo worker;
  CHECK(mentions(plainPage({.info = kInfo, .workers = std::span(&worker, 1)}), "Time left"));
  worker.timeLeft = std::chrono::minutes(61);
  CHECK(mentions(plainPage({.info = kInfo, .workers = std::span(&worker, 1)}),
                 "<td class=\"number\">1h 01m</td>"));
}

TEST_CASE("a job's row has its digits and its share") {
  JobInfo job{.spec = {.samples = 2'000'000, .chunkSize = 1000, .name = "night"}};
  job.state = JobState::kRunning;
  job.samplesCounted = 1'000'000;
  job.stratumSamples[0] = 1'000'000;
  job.hits.strata[0] = 785'398;
  std::string page = plainPage({.info = kInfo, .jobs = std::span(&job, 1)});
  CHECK(mentions(page, "<td class=\"number\">50 %</td><td>3.14"));
  CHECK(mentions(page, "<td>night</td>"));
  CHECK(mentions(page, "<td>running</td>"));
}

TEST_CASE("the page says how many jobs and workers it leaves out, and where they are") {
  JobInfo job;
  WorkerInfo worker;
  PlainView view{.info = kInfo,
                 .jobs = std::span(&job, 1),
                 .jobCount = 1,
                 .workers = std::span(&worker, 1),
                 .workerCount = 1,
                 .commands = startCommands({.connectionFile = "/s/pi.json"})};
  CHECK_FALSE(mentions(plainPage(view), "the others"));
  view.jobCount = 1234;
  view.workerCount = 2;
  std::string page = plainPage(view);
  CHECK(mentions(page,
                 "These are the newest 1 of 1_234; the others: "
                 "<code>pi-client list --connection-file /s/pi.json</code>"));
  CHECK(mentions(page,
                 "These are 1 of 2; the others: "
                 "<code>pi-client workers --connection-file /s/pi.json</code>"));
}

TEST_CASE("the lines to copy name what programs would not find by themselves") {
  StartCommands usual = startCommands({});
  CHECK(usual.worker == "pi-worker");
  CHECK(usual.batchJob == "sbatch -o worker1.log scripts/slurm/worker.sbatch");
  CHECK(usual.client == "pi-client");
  CHECK(usual.clientOptions.empty());
  StartCommands other = startCommands({.connectionFile = "/s p/it's.json",
                                       .needsCertificates = true,
                                       .folder = "/opt/pi/bin",
                                       .batchScript = "/opt/pi/share/pi/slurm/worker.sbatch"});
  std::string options =
      "--connection-file '/s p/it'\\''s.json' --tls-cert FILE --tls-key FILE --tls-ca FILE";
  CHECK(other.worker == "/opt/pi/bin/pi-worker " + options);
  CHECK(other.batchJob ==
        "sbatch -o worker1.log --export=ALL,PI_WORKER=/opt/pi/bin/pi-worker "
        "/opt/pi/share/pi/slurm/worker.sbatch " +
            options);
  CHECK(other.client == "/opt/pi/bin/pi-client");
  CHECK(other.clientOptions == options);
}
