#include "client/chrome_trace.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/model/epoch.h"
#include "tests/unit/client/trace_rules.h"

namespace pi::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Instant kStart = Instant{} + seconds(1000);
const WorkerId kAnn = workerIdOf(2, 1), kBob = workerIdOf(2, 2);

// A scheduler that has run for a minute, and a job of ten seconds.
ChromeTrace::Subject subject() {
  ChromeTrace::Subject subject;
  subject.scheduler.host = "login1";
  subject.scheduler.now = kStart + seconds(60);
  subject.scheduler.uptime = seconds(60);
  subject.scheduler.wallNow = WallTime(seconds(1'800'000'000));
  subject.job.id = JobId{7};
  subject.job.spec = {.samples = 1'000, .chunkSize = 1};
  subject.job.state = JobState::kRunning;
  subject.job.age = seconds(10);
  for (WorkerId worker : {kAnn, kBob}) {
    subject.tracks.push_back(
        {.worker = worker,
         .profile = {.name = worker == kAnn ? "ann" : "bob",
                     .host = "node1",
                     .kernel = {},
                     .batchJob = {}},
         .periods = {{.state = WorkerState::kActive, .begin = kStart + seconds(1)}}});
  }
  return subject;
}

LeaseRecord record(WorkerId worker, std::uint64_t number, Duration begun, Duration ended,
                   LeaseOutcome outcome = LeaseOutcome::kDone) {
  return {.number = number,
          .lease = leaseIdOf(2, number),
          .worker = worker,
          .job = JobId{7},
          .range = {.begin = 100 * number, .end = 100 * number + 100},
          .counted = 100,
          .hits = {.strata = {78}},
          .begunAt = kStart + begun,
          .endedAt = kStart + ended,
          .outcome = outcome};
}

struct Written {
  Json trace;
  std::size_t pieces = 0;

  std::vector<Json> events(const std::string& kind, const std::string& name = "") const {
    std::vector<Json> found;
    for (const Json& event : trace.at("traceEvents")) {
      if (event.at("ph") == kind && (name.empty() || event.at("name") == name)) {
        found.push_back(event);
      }
    }
    return found;
  }
};

// Writes the trace, and checks the rules of the format.
Written written(const ChromeTrace::Subject& subject, const std::vector<LeaseRecord>& leases,
                std::uint64_t unremembered = 0) {
  Written written;
  std::string text;
  ChromeTrace trace(subject, [&](const std::string& piece) {
    text += piece;
    ++written.pieces;
  });
  for (const LeaseRecord& lease : leases) trace.add(lease);
  trace.finish(unremembered);
  written.trace = Json::parse(text);
  testing::checkTraceRules(written.trace);
  return written;
}

TEST_CASE("a trace has a process for each host, a thread for each worker, a slice for each lease") {
  ChromeTrace::Subject about = subject();
  about.tracks[1].profile.host = "node2";
  Written trace = written(
      about, {record(kAnn, 1, seconds(1), seconds(2)), record(kBob, 2, seconds(1), seconds(3))});

  std::vector<Json> hosts = trace.events("M", "process_name");
  REQUIRE(hosts.size() == 3);
  CHECK(hosts[0].at("args").at("name") == "scheduler on login1");
  CHECK(hosts[1].at("args").at("name") == "node1");
  CHECK(hosts[2].at("args").at("name") == "node2");
  std::vector<Json> workers = trace.events("M", "thread_name");
  REQUIRE(workers.size() == 3);
  CHECK(workers[1].at("args").at("name") == "worker 2.1 ann");

  std::vector<Json> leases = trace.events("X", "done");
  REQUIRE(leases.size() == 2);
  CHECK(leases[0].at("ts") == 1'000'000.0);
  CHECK(leases[0].at("dur") == 1'000'000.0);
  CHECK(leases[0].at("pid") == hosts[1].at("pid"));
  CHECK(leases[0].at("args").at("lease") == "2.1");
  CHECK(leases[0].at("args").at("range") == "[100, 200)");
  CHECK(leases[0].at("args").at("counted") == 100);
  CHECK(leases[0].at("args").at("hits") == 78);
  CHECK(leases[0].at("args").at("outcome") == "done");
}

TEST_CASE("a lease that a worker has before it needs it begins when the one before ends") {
  Written trace = written(
      subject(), {record(kAnn, 1, seconds(1), seconds(3)), record(kAnn, 2, seconds(2), seconds(5)),
                  record(kAnn, 3, seconds(2), seconds(5)),
                  record(kAnn, 4, seconds(9), seconds(9), LeaseOutcome::kLate)});
  std::vector<Json> leases = trace.events("X", "done");
  REQUIRE(leases.size() == 3);
  CHECK(leases[1].at("ts") == 3'000'000.0);
  CHECK(leases[1].at("dur") == 2'000'000.0);
  CHECK(leases[1].at("args").at("lent_us") == 2'000'000.0);
  CHECK(leases[2].at("dur") == 0.0);
  CHECK(trace.events("X", "late").size() == 1);
}

TEST_CASE("a running lease ends now in the trace") {
  LeaseRecord running = record(kAnn, 0, seconds(58), {}, LeaseOutcome::kRunning);
  LeaseRecord next = record(kAnn, 0, seconds(61), {}, LeaseOutcome::kRunning);
  Written trace = written(subject(), {running, next});
  std::vector<Json> leases = trace.events("X", "running");
  REQUIRE(leases.size() == 2);
  CHECK(leases[0].at("ts") == 58'000'000.0);
  CHECK(leases[0].at("dur") == 2'000'000.0);
  CHECK(leases[1].at("dur") == 0.0);
}

TEST_CASE("an event of a worker is an instant on its thread") {
  ChromeTrace::Subject about = subject();
  about.tracks[0].isGone = true;
  about.tracks[0].periods = {
      {.state = WorkerState::kActive, .begin = kStart, .end = kStart + seconds(1)},
      {.state = WorkerState::kSilent, .begin = kStart + seconds(1), .end = kStart + seconds(2)},
      {.state = WorkerState::kActive, .begin = kStart + seconds(2), .end = kStart + seconds(3)},
      {.state = WorkerState::kAbsent, .begin = kStart + seconds(3), .end = kStart + seconds(9)}};
  about.tracks[1].isGone = true;
  about.tracks[1].periods[0].end = kStart + seconds(4);
  Written trace = written(
      about, {record(kAnn, 1, seconds(1), seconds(2)), record(kBob, 2, seconds(1), seconds(3))});
  for (const char* name : {"silent", "active again", "absent", "lost", "left"}) {
    CAPTURE(name);
    CHECK(trace.events("i", name).size() == 1);
  }
  CHECK(trace.events("i", "joined").size() == 2);
  CHECK(trace.events("i", "lost")[0].at("ts") == 9'000'000.0);
}

TEST_CASE("a job that is older than the scheduler shows the restart, and what is not known") {
  Written young = written(subject(), {});
  CHECK(young.events("i", "scheduler started").size() == 1);
  CHECK(young.events("X", "job 7 running")[0].at("ts") == 50'000'000.0);

  ChromeTrace::Subject about = subject();
  about.job.age = seconds(100);
  Written old = written(about, {}, 123);
  REQUIRE(old.events("i", "scheduler restarted").size() == 1);
  CHECK(old.events("i", "scheduler restarted")[0].at("ts") == 0.0);
  CHECK(old.events("X", "job 7 running")[0].at("ts") == 0.0);
  CHECK(old.events("X", "job 7 running")[0].at("dur") == 60'000'000.0);
  CHECK(old.trace.at("otherData").at("samples_in_no_slice") == 123);
}

TEST_CASE("a job that is over is placed by the calendar, or not at all") {
  ChromeTrace::Subject about = subject();
  about.job.state = JobState::kFinished;
  CHECK(written(about, {}).events("X").empty());
  about.job.submittedOn = about.scheduler.wallNow - seconds(30);
  std::vector<Json> jobs = written(about, {}).events("X", "job 7 finished");
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].at("ts") == 30'000'000.0);
  CHECK(jobs[0].at("dur") == 10'000'000.0);
}

TEST_CASE("names from other machines, and workers that are forgotten, do not break the trace") {
  ChromeTrace::Subject about = subject();
  about.job.spec.name = "\"</script>\\ \xC3\xBC \xFF";
  about.tracks[0].profile.name = "a\"b\\";
  about.tracks.pop_back();
  Written trace = written(
      about, {record(kAnn, 1, seconds(1), seconds(2)), record(kBob, 2, seconds(1), seconds(3))});
  CHECK(trace.events("M", "thread_name")[1].at("args").at("name") == "worker 2.1 a\"b\\");
  CHECK(trace.events("M", "thread_name")[2].at("args").at("name") == "worker 2.2");
  CHECK(trace.events("M", "process_name")[2].at("args").at("name") == "unknown host");
}

TEST_CASE("a long trace is written in pieces") {
  std::vector<LeaseRecord> leases;
  for (std::uint64_t i = 1; i <= 2'000; ++i) {
    leases.push_back(record(kAnn, i, milliseconds(i), milliseconds(i + 1)));
  }
  Written trace = written(subject(), leases);
  CHECK(trace.events("X", "done").size() == leases.size());
  CHECK(trace.pieces >= 3);
}

}  // namespace
}  // namespace pi::client
