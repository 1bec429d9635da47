#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "client/scaling_fit.h"
#include "client/scaling_plot.h"
#include "client/scaling_runs.h"

namespace pi::client {
namespace {

// Three rounds that obey the law; `noise` makes the second one slower.
std::vector<ScalingTimes> timesOf(ScalingMode mode, double serialFraction, double noise = 0) {
  std::vector<ScalingTimes> times;
  for (std::uint32_t threads : {1, 2, 4, 8}) {
    double work = mode == ScalingMode::kWeak ? threads : 1;
    double seconds = 10 * work / speedUpByLaw(mode, serialFraction, threads);
    double slower = threads == 1 ? 1 : 1 + noise;
    times.push_back({.threads = threads, .seconds = {seconds, seconds * slower, seconds}});
  }
  return times;
}

std::size_t countOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST_CASE("the serial fraction is found again from times that obey the law") {
  for (ScalingMode mode : {ScalingMode::kStrong, ScalingMode::kWeak}) {
    for (double fraction : {0.0, 0.01, 0.3, 1.0}) {
      CAPTURE(fraction);
      std::optional<SerialFraction> found = fitSerialFraction(mode, timesOf(mode, fraction));
      REQUIRE(found);
      CHECK(found->value == doctest::Approx(fraction));
      CHECK(found->error == doctest::Approx(0));
    }
    // Noise shows in the error, which covers the distance from the truth.
    std::optional<SerialFraction> noisy = fitSerialFraction(mode, timesOf(mode, 0.1, 0.05));
    REQUIRE(noisy);
    CHECK(noisy->error > 0.001);
    CHECK(std::abs(noisy->value - 0.1) < 3 * noisy->error);
  }
}

TEST_CASE("the error of the serial fraction is true for noisy times, whose rounds share T(1)") {
  constexpr double kFraction = 0.05, kNoise = 0.02;
  constexpr double kStudent = 2.776;  // The quantile at 97.5 % for five rounds.
  constexpr int kSets = 1000;
  std::mt19937_64 random(21);
  std::normal_distribution<double> noise(1, kNoise);
  for (ScalingMode mode : {ScalingMode::kStrong, ScalingMode::kWeak}) {
    int covered = 0;
    for (int set = 0; set < kSets; ++set) {
      std::vector<ScalingTimes> times = timesOf(mode, kFraction);
      for (ScalingTimes& each : times) {
        each.seconds.resize(5, each.seconds[0]);
        for (double& seconds : each.seconds) seconds *= noise(random);
      }
      std::optional<SerialFraction> found = fitSerialFraction(mode, times);
      REQUIRE(found);
      covered += std::abs(found->value - kFraction) < kStudent * found->error;
    }
    CHECK(covered > 0.93 * kSets);
    CHECK(covered < 0.97 * kSets);
  }
}

TEST_CASE("one number of threads, or one measured speed-up, says nothing about the fraction") {
  std::vector<ScalingTimes> one{{.threads = 1, .seconds = {1, 1, 1}}};
  CHECK_FALSE(fitSerialFraction(ScalingMode::kStrong, one));
  one = {{.threads = 1, .seconds = {1}}, {.threads = 2, .seconds = {0.5}}};
  CHECK_FALSE(fitSerialFraction(ScalingMode::kStrong, one));
}

TEST_CASE("a row has the median of its rounds, the speed-up and the efficiency") {
  std::vector<ScalingTimes> times{{.threads = 1, .seconds = {9, 8, 10, 50}},
                                  {.threads = 4, .seconds = {2, 3, 4}}};
  std::vector<ScalingRow> rows = scalingRows(ScalingMode::kStrong, times);
  CHECK(rows.at(0).seconds == 9.5);
  CHECK(rows.at(0).speedUp == 1);
  CHECK(rows.at(1).seconds == 3);
  CHECK(rows.at(1).fastest == 2);
  CHECK(rows.at(1).slowest == 4);
  CHECK(rows.at(1).speedUp == doctest::Approx(9.5 / 3));
  CHECK(rows.at(1).efficiency == doctest::Approx(9.5 / 12));
  // Four times the samples in the same time.
  times[1].seconds = {9.5};
  CHECK(scalingRows(ScalingMode::kWeak, times).at(1).speedUp == doctest::Approx(4));
}

TEST_CASE("a run beside other jobs, among other workers, or on too few threads is disturbed") {
  const ClusterLook quiet{
      .workers = {{WorkerId{1}, 4}, {WorkerId{2}, 2}}, .unfinishedJobs = 0, .newestJob = JobId{6}};
  ClusterLook after = quiet;
  after.newestJob = JobId{7};
  JobInfo job{.id = JobId{7}, .spec = {.samples = 1, .chunkSize = 1, .threadsMax = 6}};
  job.threads = 6;
  CHECK(quiet.threads() == 6);
  CHECK(disturbanceOf(quiet, after, job).empty());

  ClusterLook busy = quiet;
  busy.unfinishedJobs = 1;
  CHECK(disturbanceOf(busy, after, job) == "other jobs ran meanwhile");
  busy = after;
  busy.unfinishedJobs = 1;
  CHECK(disturbanceOf(quiet, busy, job) == "other jobs ran meanwhile");
  busy = after;
  busy.newestJob = JobId{8};  // It is over already.
  CHECK(disturbanceOf(quiet, busy, job) == "other jobs ran meanwhile");

  ClusterLook smaller = after;
  smaller.workers.pop_back();
  CHECK(disturbanceOf(quiet, smaller, job) == "workers came or went meanwhile");
  CHECK(disturbanceOf(smaller, after, job) == "workers came or went meanwhile");

  job.threads = 5;
  CHECK(disturbanceOf(quiet, after, job) == "only 5 threads took part, as the job is short");
  job.threads = 8;  // Seats changed hands.
  CHECK(disturbanceOf(quiet, after, job).empty());
}

TEST_CASE("the plot shows each measurement and the fitted law") {
  std::vector<ScalingTimes> times = timesOf(ScalingMode::kStrong, 0.1, 0.05);
  std::vector<ScalingRow> rows = scalingRows(ScalingMode::kStrong, times);
  std::string svg = scalingPlot(ScalingMode::kStrong, rows,
                                fitSerialFraction(ScalingMode::kStrong, times), "1e9 <samples>");
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(countOf(svg, "<circle") == rows.size());
  CHECK(countOf(svg, "class=\"law\"") == 2);  // The curve, and its line in the legend.
  CHECK(countOf(svg, "1e9 &lt;samples&gt;") == 1);
  CHECK(countOf(svg, "<text") == countOf(svg, "</text>"));
  CHECK(countOf(svg, "nan") == 0);

  std::string single = scalingPlot(ScalingMode::kWeak, std::span(rows).first(1), std::nullopt, "");
  CHECK(countOf(single, "<circle") == 1);
  CHECK(countOf(single, "class=\"law\"") == 0);
}

}  // namespace
}  // namespace pi::client
