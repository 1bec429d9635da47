// The documents about a job, and the log as JSON, from real programs.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/unit/client/trace_rules.h"

namespace pi::cluster {
namespace {

// The samples that the leases of a trace counted.
std::uint64_t countedIn(const pi::Json& trace) {
  std::uint64_t counted = 0;
  for (const pi::Json& event : trace.at("traceEvents")) {
    if (event.contains("args") && event.at("args").contains("counted")) {
      counted += event.at("args").at("counted").get<std::uint64_t>();
    }
  }
  return counted;
}

}  // namespace

TEST_CASE("a trace follows the rules of its format, and its leases add up to the job") {
  Cluster cluster;
  cluster.addWorker();
  cluster.addWorker();
  std::uint64_t samples = samplesWithin(std::chrono::seconds(1));
  cluster.resultOf(cluster.submit(samples));

  Ended client = cluster.runClient({"trace", "last"});

  CHECK(client.exitCode == 0);
  CHECK(client.err.empty());
  pi::Json trace = pi::Json::parse(client.out);
  client::testing::checkTraceRules(trace);
  CHECK(countedIn(trace) == samples);
  CHECK(trace.at("otherData").at("samples_in_no_slice") == 0);
  CHECK(mentions(client.out, "\"scheduler started\""));
  CHECK(mentions(client.out, "\"joined\""));
}

TEST_CASE("a trace shows a lost worker, and the lease that it held") {
  Cluster cluster;
  Process& victim = cluster.addWorker(kSlowly);
  std::uint64_t job = cluster.submit(kEndless);
  cluster.waitForContribution(victim);
  victim.signal(SIGKILL);
  cluster.scheduler().waitForErr("did not come back within");
  cluster.runClient({"cancel", std::to_string(job)});

  pi::Json trace = pi::Json::parse(cluster.runClient({"trace", "last"}).out);
  client::testing::checkTraceRules(trace);
  auto has = [&trace](const char* phase, const char* field, const char* text) {
    const pi::Json& events = trace.at("traceEvents");
    return std::any_of(events.begin(), events.end(), [&](const pi::Json& event) {
      if (event.at("ph") != phase) return false;
      return field == std::string("name") ? event.at("name") == text
                                          : event.at("args").value(field, "") == text;
    });
  };
  CHECK(has("i", "name", "lost"));
  CHECK(has("X", "outcome", "lost"));
}

TEST_CASE("a trace shows a restarted scheduler, and what it does not know") {
  Cluster cluster;
  Process& worker = cluster.addWorker(kSlowly);
  std::uint64_t job = cluster.submit(kEndless);
  cluster.waitForContribution(worker);
  cluster.scheduler().signal(SIGTERM);
  cluster.restartScheduler();
  cluster.waitForContribution(worker);
  cluster.runClient({"cancel", std::to_string(job)});

  pi::Json trace = pi::Json::parse(cluster.runClient({"trace", "1"}).out);
  client::testing::checkTraceRules(trace);
  CHECK(mentions(trace.dump(), "\"scheduler restarted\""));
  std::uint64_t counted = cluster.ask({"status", "1"}).at("samples_counted").get<std::uint64_t>();
  std::uint64_t unknown = trace.at("otherData").at("samples_in_no_slice").get<std::uint64_t>();
  CHECK(unknown > 0);
  CHECK(countedIn(trace) + unknown == counted);
  CHECK(mentions(cluster.runClient({"report", "1"}).out, "An earlier scheduler counted"));
}

TEST_CASE("a report is written to the file that is named") {
  Cluster cluster;
  cluster.addWorker();
  cluster.runClient({"run", "1e9", "--name", "<b>bold</b>", "--quiet"});
  std::filesystem::path file = cluster.stateDirectory().parent_path() / "report.html";

  Ended client = cluster.runClient({"report", "last", "-o", file.string()});

  CHECK(client.exitCode == 0);
  CHECK(client.out.empty());
  std::string page = contentOf(file);
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.ends_with("</html>\n"));
  CHECK(mentions(page, "<h1>π = 3.14"));
  CHECK(mentions(page, "&lt;b&gt;bold&lt;/b&gt;"));
  CHECK(mentions(page, "aria-label=\"Convergence\""));
  CHECK(mentions(page, "<td>done</td>"));

  Ended refused = cluster.runClient({"report", "last", "-o", "/nowhere/a.html"});
  CHECK(refused.exitCode == 1);
  CHECK(mentions(refused.err, "cannot write \"/nowhere/a.html\""));
  CHECK(mentions(refused.err, "--output"));
}

TEST_CASE("a report from a scheduler that saves no jobs says why it has no audit") {
  Cluster cluster({"--volatile"});
  cluster.addWorker();
  cluster.runClient({"run", "1e6", "--quiet"});
  Ended client = cluster.runClient({"report", "last"});
  CHECK(client.exitCode == 0);
  CHECK(mentions(client.out, "There is no audit: this scheduler saves no jobs"));
}

TEST_CASE("a document whose reader has gone ends quietly, and an unknown job is an error") {
  Cluster cluster;
  cluster.submit(1000);
  for (const char* command : {"trace", "report"}) {
    CAPTURE(command);
    Ended quiet = cluster.runShell(std::string("$PI_CLIENT ") + command + " 1 | true");
    CHECK(quiet.exitCode == 0);
    CHECK(quiet.err.empty());
    Ended unknown = cluster.runClient({command, "7"});
    CHECK(unknown.exitCode == 1);
    CHECK(isOneLine(unknown.err));
    CHECK(unknown.out.empty());
  }
}

TEST_CASE("the command that a report prints finds the same hits again") {
  Cluster cluster;
  cluster.addWorker();
  for (const Words& more :
       {Words{"--seed", "77", "--name", "it's \"odd\" <&> $HOME"}, Words{"--sampler", "sobol"}}) {
    CAPTURE(more.at(0));
    std::uint64_t job = cluster.submit(3'000'017, more);
    Json result = cluster.resultOf(job);
    std::string page = cluster.runClient({"report", std::to_string(job)}).out;
    const std::string mark = "<pre>pi-client run ";
    std::size_t begin = page.find(mark);
    REQUIRE(begin != page.npos);
    begin += std::string("<pre>pi-client").size();
    std::string words = page.substr(begin, page.find("</pre>", begin) - begin);
    CAPTURE(words);

    Ended again = cluster.runShell("\"$PI_CLIENT\"" + words + " --json");

    REQUIRE(again.exitCode == 0);
    Json same = Json::parse(again.out);
    CHECK(same.at("job") != result.at("job"));
    CHECK(same.at("hits") == result.at("hits"));
    CHECK(same.at("samples_counted") == result.at("samples_counted"));
    CHECK(same.at("pi") == result.at("pi"));
  }
}

// Each line of a log of JSON.
std::vector<Json> linesOfJson(const std::string& log) {
  std::vector<Json> lines;
  for (std::size_t begin = 0, end = 0; (end = log.find('\n', begin)) != log.npos; begin = end + 1) {
    lines.push_back(Json::parse(log.substr(begin, end - begin)));
    CHECK(lines.back().at("time").is_string());
    CHECK(lines.back().at("level").is_string());
    CHECK(lines.back().at("text").is_string());
  }
  return lines;
}

TEST_CASE("a log of JSON has an object on each line, with the ids of jobs and workers") {
  Cluster cluster({"--log-format", "json"});
  Process& worker = cluster.addWorker({"--log-format", "json"});
  cluster.resultOf(cluster.submit(1000));
  worker.signal(SIGKILL);
  cluster.scheduler().waitForErr("is absent");
  std::set<std::string> about;
  for (const Json& line : linesOfJson(cluster.scheduler().err())) {
    if (line.contains("job")) about.insert("job " + line.at("job").dump());
    if (line.contains("worker")) {
      about.insert("worker " + line.at("worker_text").get<std::string>());
    }
  }
  CHECK(about.contains("job 1"));
  CHECK(about.size() == 2);
}

TEST_CASE("with a log of JSON, stdout is of JSON, too, so both can go to one file") {
  Cluster cluster({"--log-format", "json"});
  std::vector<Json> lines = linesOfJson(cluster.scheduler().out());
  REQUIRE(lines.size() >= 4);
  CHECK(lines[0].at("text") == "Scheduler at: " + cluster.address());
  CHECK(lines.back().at("text") == "State directory: " + cluster.stateDirectory().string());
}

TEST_CASE("the log of a worker carries its number once it has one") {
  Cluster cluster;
  Process& worker = cluster.addWorker({"--log-format", "json"});
  Json info = cluster.infoOf(worker);
  std::string number = info.at("worker_text");
  worker.signal(SIGTERM);
  CHECK(worker.wait() == 0);
  bool hasJoined = false;
  for (const Json& line : linesOfJson(worker.err())) {
    CAPTURE(line.dump());
    hasJoined = hasJoined || mentions(line.at("text"), "joined the scheduler");
    if (!hasJoined) continue;
    CHECK(line.at("worker") == info.at("worker"));
    CHECK(line.at("worker_text") == number);
  }
  CHECK(hasJoined);
  CHECK(mentions(worker.err(), " as worker " + number + ": "));
}

TEST_CASE("the log of a scheduler tells a job as a story, without a line for a lease") {
  Cluster cluster({"--lease-target", "1ms"});
  cluster.addWorker({"--kernel", "portable", "--name", "ann"});
  Process& victim = cluster.addWorker({"--kernel", "portable", "--name", "bob"});
  std::uint64_t job = cluster.submit(samplesWithin(std::chrono::seconds(4)), {"--name", "tale"});
  cluster.waitForContribution(victim);
  victim.signal(SIGKILL);
  cluster.resultOf(job);
  std::string log = cluster.scheduler().err();
  CAPTURE(log);
  std::size_t at = 0;
  for (const char* chapter : {"ann", "bob", "(tale)", "is absent", "finished"}) {
    CAPTURE(chapter);
    std::size_t next = log.find(chapter, at);
    REQUIRE(next != log.npos);
    at = next;
  }
  pi::Json trace = pi::Json::parse(cluster.runClient({"trace", "last"}).out);
  const pi::Json& events = trace.at("traceEvents");
  auto leases = std::count_if(events.begin(), events.end(),
                              [](const pi::Json& event) { return event.at("ph") == "X"; });
  CHECK(leases > 200);
  CHECK(std::ranges::count(log, '\n') < 40);
}

TEST_CASE("an audit proves a job with and without its scheduler, whatever failed meanwhile") {
  Cluster cluster;
  Process& worker = cluster.addWorker(kSlowly);
  std::uint64_t job = cluster.submit(samplesWithin(std::chrono::seconds(2)));
  cluster.waitForContribution(worker);
  Ended early = cluster.runClient({"audit", "last"});
  CHECK(early.exitCode == 1);
  CHECK(mentions(early.err, "is running; wait for its end, then audit it"));

  worker.signal(SIGKILL);
  cluster.addWorker();
  cluster.resultOf(job);
  Ended client = cluster.runClient({"audit", "last", "--json"});
  CHECK(client.exitCode == 0);
  pi::Json audit = pi::Json::parse(client.out);
  CHECK(audit.at("proven") == true);
  CHECK(audit.at("faults").empty());
  std::uint64_t samples = 0, leases = 0;
  for (const pi::Json& each : audit.at("workers")) {
    samples += each.at("samples").get<std::uint64_t>();
    leases += each.at("leases").get<std::uint64_t>();
  }
  CHECK(samples == audit.at("samples"));
  CHECK(leases > 1);
  CHECK(audit.at("hosts").size() == 1);
  std::string hash = audit.at("hash");
  CHECK(mentions(cluster.runClient({"audit", "last"}).out, hash));
  CHECK(mentions(cluster.runClient({"report", "last"}).out, hash));

  Words offline{"audit", "--state-dir", cluster.stateDirectory().string()};
  Ended busy = cluster.runScheduler(offline);
  CHECK(busy.exitCode == 1);
  CHECK(mentions(busy.err, "pi-client audit"));
  cluster.runScheduler({"stop", "--workers"});
  Ended proof = cluster.runScheduler(offline);
  CHECK(proof.exitCode == 0);
  CHECK(mentions(proof.out, "is proven"));
  CHECK(mentions(proof.out, hash));
}

TEST_CASE("an audit and a stop whose result cannot be written are an error: exit code 1") {
  Cluster cluster;
  cluster.addWorker();
  cluster.resultOf(cluster.submit(1'000'000));
  auto isRefused = [&cluster](const std::string& words) {
    std::string files = " --state-dir " + cluster.stateDirectory().string();
    if (words == "stop") files = " --connection-file " + cluster.connectionFile().string();
    Ended full = cluster.runShell("$PI_SCHEDULER " + words + files + " > /dev/full");
    CHECK(full.exitCode == 1);
    CHECK(isOneLine(full.err));
    CHECK(mentions(full.err, "cannot be written to stdout"));
  };
  isRefused("stop");
  isRefused("audit");
  isRefused("audit --json");
}

}  // namespace pi::cluster
