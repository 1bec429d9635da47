#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <string_view>

#include "client/report/lease_statistics.h"
#include "client/report/page.h"
#include "client/report/plots.h"
#include "common/model/epoch.h"
#include "tests/unit/model/sample_jobs.h"

namespace pi::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const WorkerId kAnn = workerIdOf(2, 1), kBob = workerIdOf(2, 2);

std::size_t countOf(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool has(std::string_view text, std::string_view part) { return countOf(text, part) > 0; }

LeaseRecord record(WorkerId worker, LeaseOutcome outcome, std::uint64_t counted, Duration time) {
  return {.worker = worker,
          .range = {.begin = 0, .end = 100},
          .counted = counted,
          .begunAt = Instant(seconds(1)),
          .endedAt = Instant(seconds(1)) + time,
          .outcome = outcome};
}

// The counts after each power of two of samples.
std::vector<ConvergencePoint> pointsUpTo(std::uint64_t samples) {
  std::vector<ConvergencePoint> points;
  for (std::uint64_t at = 1024; at <= samples; at *= 2) {
    auto number = static_cast<std::uint32_t>(points.size() + 1);
    points.push_back({.number = number,
                      .samples = at,
                      .hits = {.strata = {at * 785'398 / 1'000'000 + number % 3}},
                      .elapsed = milliseconds(at / 1000),
                      .isPrefix = true});
  }
  return points;
}

JobPast somePast() {
  JobPast past{.job = finishedJob(), .scheduler = {}};
  past.scheduler = {.programVersion = "1.2", .gitCommit = "abc", .host = "login1"};
  past.scheduler.uptime = seconds(60);
  past.scheduler.wallNow = past.job.submittedOn + seconds(30);
  past.points = pointsUpTo(1'000'000'000);
  past.throughput = {.begin = {}, .width = milliseconds(250), .parts = {100'000'000, 0, 7}};
  past.tracks = {
      {.worker = kAnn,
       .profile = {
           .name = "ann", .host = "node1", .threads = 8, .kernel = "avx2", .batchJob = {}}}};
  past.leases.add(record(kAnn, LeaseOutcome::kDone, 100, milliseconds(250)));
  past.leases.add(record(kAnn, LeaseOutcome::kLost, 0, milliseconds(250)));
  past.leases.add(record(kBob, LeaseOutcome::kDone, 1000, milliseconds(350)));
  past.clientVersion = "1.3";
  return past;
}

// Each element that is opened is closed, in order.
void checkTags(std::string_view html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
    std::size_t end = html.find('>', at);
    REQUIRE(end != html.npos);
    std::string_view tag = html.substr(at + 1, end - at - 1);
    bool isAlone = tag.starts_with('!') || tag.starts_with("meta") || tag.ends_with('/');
    if (isAlone) continue;
    if (tag.starts_with('/')) {
      REQUIRE_FALSE(open.empty());
      CHECK(open.back() == tag.substr(1));
      open.pop_back();
    } else {
      open.emplace_back(tag.substr(0, tag.find(' ')));
    }
  }
  CHECK(open.empty());
}

TEST_CASE("the leases of a job are summed by their end and by their worker") {
  LeaseStatistics leases;
  CHECK_FALSE(leases.times());
  leases.add(record(kAnn, LeaseOutcome::kDone, 100, seconds(3)));
  leases.add(record(kAnn, LeaseOutcome::kDone, 100, seconds(1)));
  leases.add(record(kBob, LeaseOutcome::kDone, 100, seconds(2)));
  leases.add(record(kBob, LeaseOutcome::kTruncated, 40, seconds(9)));
  leases.add(record(kBob, LeaseOutcome::kLost, 0, seconds(9)));
  CHECK(leases.leases() == 5);
  CHECK(leases.of(LeaseOutcome::kDone).leases == 3);
  CHECK(leases.of(LeaseOutcome::kDone).counted == 300);
  CHECK(leases.of(LeaseOutcome::kRevoked).leases == 0);
  CHECK(leases.workers().at(kBob).leases == 3);
  CHECK(leases.workers().at(kBob).counted == 140);
  CHECK(leases.workers().at(kBob).lost == 1);
  REQUIRE(leases.times());
  CHECK(leases.times()->shortest == seconds(1));
  CHECK(leases.times()->median == seconds(2));
  CHECK(leases.times()->longest == seconds(3));
}

TEST_CASE("a report has the result as run prints it, the plots, the tables and the versions") {
  std::string page = reportPage(somePast());
  checkTags(page);
  CHECK(has(page, "<h1>π = 3.14159 ± 0.00005</h1>"));
  CHECK(countOf(page, "<svg") == 2);
  CHECK(has(page, "<td>2.1</td><td>ann</td><td>node1</td><td>avx2</td>"));
  CHECK(has(page, "<td>2.2</td><td>forgotten</td>"));
  CHECK(page.find(">2.2<") < page.find(">2.1<"));  // Who counted most comes first.
  CHECK(has(page, "<td>done</td><td class=\"number\">2</td>"));
  CHECK(has(page, "<td>lost</td><td class=\"number\">1</td>"));
  CHECK(has(page, "pi-client run 1e9 1e6 --seed 2017 --sampler random"));
  CHECK(has(page, "785_398_163 hits"));
  CHECK(has(page, "Scheduler 1.2 (abc) on login1, client 1.3"));
  CHECK_FALSE(has(page, "Not known any more"));
}

TEST_CASE("a report needs no script, no other file and no network") {
  std::string page = reportPage(somePast());
  for (const char* part : {"<script", "<link", "<img", "src=", "href=", "url(", "http"}) {
    CAPTURE(part);
    CHECK_FALSE(has(page, part));
  }
}

TEST_CASE("a report says what is not known any more") {
  JobPast past = somePast();
  past.restored = 1'000'000;
  std::string page = reportPage(past);
  CHECK(has(page, "Not known any more"));
  CHECK(has(page, "An earlier scheduler counted 1e6 samples."));
  CHECK_FALSE(has(page, "The leases of"));
  past.forgotten = 7;
  past.points.back().isCorrected = true;
  page = reportPage(past);
  CHECK(has(page, "The leases of 7 samples are not known any more"));
  CHECK(has(page, "The convergence has a gap"));
}

TEST_CASE("the audit of a report names the workers that an earlier scheduler had") {
  JobPast past = somePast();
  past.restored = 1'000'000;
  past.audit = JobAudit{.job = past.job.id, .spec = past.job.spec, .counted = 1'000'100};
  past.audit->workers = {
      {.worker = workerIdOf(1, 7), .name = "eve", .host = "old1", .samples = 900'000},
      {.worker = kAnn, .name = "ann", .host = "node1", .samples = 100'000}};
  past.audit->workers[0].share = {.threads = 4, .leases = 9, .secondLeases = 2};
  past.audit->samplesOfSeveral = 100;
  std::string page = reportPage(past);
  checkTags(page);
  CHECK(has(page, "<td>1.7</td><td>eve</td><td>old1</td><td>-</td>"));
  CHECK(has(page, "<td class=\"number\">4</td><td class=\"number\">9</td>"));
  CHECK(page.find("<td>eve</td>") < page.find("<td>ann</td>"));
  CHECK(has(page, "How fast, and how their leases ended, is not known any more: the throughput"));
  CHECK_FALSE(has(page, "Which workers computed them"));
  CHECK(has(page, "Which workers computed 100 samples is not known any more."));
}

TEST_CASE("workers of an audit for which there is no room are one line") {
  JobPast past = somePast();
  past.audit = JobAudit{.job = past.job.id, .spec = past.job.spec, .counted = 2'500};
  for (std::uint64_t i = 1; i <= 25; ++i) {
    past.audit->workers.push_back({.worker = workerIdOf(2, i), .samples = 90});
  }
  past.audit->workersLeftOut = 3;
  CHECK(has(reportPage(past), "and 8 more workers with 700 samples"));
}

TEST_CASE("a report about a job without samples, or without a history, has no empty parts") {
  std::string page = reportPage({.job = queuedJob(), .scheduler = {}});
  checkTags(page);
  CHECK(has(page, "π is unknown"));
  CHECK(has(page, "not finished, so no command"));
  for (const char* part : {"<svg", "<table", "Convergence", "Throughput", "Workers", "Leases"}) {
    CAPTURE(part);
    CHECK_FALSE(has(page, part));
  }
}

TEST_CASE("text from other machines cannot become part of the page") {
  const std::string attack = "</pre><script>alert(\"x\")</script>&";
  JobPast past = somePast();
  past.job.spec.name = past.job.spec.submitter = past.job.reason = attack;
  past.scheduler.host = past.scheduler.gitCommit = past.scheduler.programVersion = attack;
  WorkerProfile& profile = past.tracks[0].profile;
  profile.name = profile.host = profile.kernel = attack + "\x1b\n";
  std::string page = reportPage(past);
  checkTags(page);
  CHECK_FALSE(has(page, "<script"));
  CHECK(has(page, "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;"));
  CHECK_FALSE(has(page, "\x1b"));
}

TEST_CASE("a cluster with many workers fits on the page: the rest is one line") {
  JobPast past = somePast();
  for (std::uint64_t i = 3; i <= 102; ++i) {
    past.leases.add(record(workerIdOf(2, i), LeaseOutcome::kDone, 10, seconds(1)));
  }
  past.tracks[0].profile.host = std::string(100, 'x');
  std::string page = reportPage(past);
  CHECK(countOf(page, "<tr><td>2.") == 20);
  CHECK(has(page, "<td>" + std::string(27, 'x') + "…</td>"));
  CHECK(has(page, "and 82 more workers with 820 samples"));
}

// The places of a shape's points in the picture.
std::vector<std::pair<double, double>> placesOf(const std::string& plot, std::string_view style) {
  std::size_t at = plot.find("class=\"" + std::string(style) + "\" points=\"");
  REQUIRE(at != plot.npos);
  at = plot.find("points=\"", at) + 8;
  std::vector<std::pair<double, double>> places;
  std::string points = plot.substr(at, plot.find('"', at) - at);
  for (std::size_t next = 0; next < points.size();) {
    std::size_t comma = points.find(',', next), end = points.find(' ', comma);
    places.emplace_back(std::stod(points.substr(next, comma - next)),
                        std::stod(points.substr(comma + 1, end - comma - 1)));
    next = end + 1;
  }
  return places;
}

TEST_CASE("the plot of the convergence has the band, the distance from pi and the law") {
  std::vector<ConvergencePoint> points = pointsUpTo(1 << 30);
  std::string plot = convergencePlot(finishedJob().spec, points);
  auto band = placesOf(plot, "band"), path = placesOf(plot, "path"), law = placesOf(plot, "law");
  CHECK(band.size() == points.size() + 2);
  CHECK(path.size() == points.size());
  REQUIRE(law.size() == 2);
  // The error of independent samples follows the law; downwards is larger.
  CHECK(law[0].first == doctest::Approx(band[1].first).epsilon(0.01));
  CHECK(law[0].second == doctest::Approx(band[1].second).epsilon(0.01));
  CHECK(law[1].second == doctest::Approx(band[points.size()].second).epsilon(0.01));
  CHECK(law[1].second > law[0].second);
  CHECK(has(plot, "power of -0.5"));
  CHECK(has(plot, ">10⁶</text>"));
  CHECK_FALSE(has(plot, "nan"));
  CHECK_FALSE(has(plot, "inf"));
}

TEST_CASE("points whose error is not known are left out of the plot") {
  JobSpec spec = finishedJob().spec;
  spec.stream.sampler = Sampler::kSobol;
  std::vector<ConvergencePoint> points = pointsUpTo(1 << 20);
  for (ConvergencePoint& point : points) {
    point.hits.strata = {};
    for (std::size_t i = 0; i < kStrataMax; ++i) {
      point.hits.strata[i] = point.samples / kStrataMax * 785 / 1000 + i % 2;
    }
  }
  points[3].isPrefix = points[5].isPrefix = false;
  std::string plot = convergencePlot(spec, points);
  CHECK(placesOf(plot, "path").size() == points.size() - 2);
  CHECK(has(plot, "power of -0.75"));
  for (ConvergencePoint& point : points) point.isPrefix = false;
  CHECK(convergencePlot(spec, points).empty());
  CHECK(convergencePlot(finishedJob().spec, std::span(points).first(1)).empty());
}

TEST_CASE("the plot of the throughput has a step for each part of time") {
  ThroughputParts parts{.begin = seconds(5), .width = milliseconds(500), .parts = {10, 0, 20}};
  std::string plot = throughputPlot(parts);
  auto rate = placesOf(plot, "rate");
  REQUIRE(rate.size() == 8);
  CHECK(rate[3].second == rate[0].second);  // Nothing in the second part.
  double bottom = rate[0].second;
  CHECK(bottom - rate[5].second == doctest::Approx(2 * (bottom - rate[1].second)).epsilon(0.01));
  CHECK(has(plot, ">5.2</text>"));
  CHECK(has(plot, ">40</text>"));
  parts.parts.assign(400, 10);
  plot = throughputPlot(parts);
  rate = placesOf(plot, "rate");
  CHECK(rate.size() == 2 * 100 + 2);  // Four parts are one step.
  CHECK(rate[1].second == rate[200].second);
  CHECK(has(plot, ">20</text>"));
  parts.parts = {};
  CHECK(throughputPlot(parts).empty());
}

}  // namespace
}  // namespace pi::client
