#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "client/top/chart.h"
#include "tests/unit/model/sample_jobs.h"

namespace pi::client::top {
namespace {

// Points on the line with the slope -1/2, as random sampling has them.
std::vector<ChartPoint> falling(std::size_t count) {
  std::vector<ChartPoint> points;
  for (std::size_t i = 0; i < count; ++i) {
    double samples = std::pow(10.0, 3.0 + static_cast<double>(i));
    points.push_back({.samples = samples, .error = 1 / std::sqrt(samples)});
  }
  return points;
}

TEST_CASE("an error is written with two digits and a short exponent") {
  CHECK(powerText(3.24e-7) == "3.2e-7");
  CHECK(powerText(1e-10) == "1.0e-10");
  CHECK(powerText(2e12) == "2.0e12");
  CHECK(powerText(0.5) == "5.0e-1");
  CHECK(powerText(1) == "1.0e0");
}

TEST_CASE("a falling error is a line from the upper left to the lower right") {
  std::vector<std::string> lines = chart(falling(8), {.columns = 28, .rows = 5}, false);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].starts_with("3.2e-2  *"));
  CHECK(lines[4].starts_with("1.0e-5"));
  CHECK(lines[4].ends_with("*"));
  for (std::size_t row = 0; row + 1 < lines.size(); ++row) {
    CHECK(lines[row].size() == 28);
    CHECK(lines[row].rfind('*') < lines[row + 1].rfind('*'));
    CHECK(lines[row].rfind('*') + 2 > lines[row + 1].find('*'));  // No gap.
  }
}

TEST_CASE("dots of braille draw the same line more finely") {
  std::vector<std::string> lines = chart(falling(8), {.columns = 28, .rows = 3}, true);
  const std::string dots = "\xE2";  // The first byte of each such character.
  CHECK(lines[0].substr(8, 1) == dots);
  CHECK(lines[2].substr(lines[2].size() - 3, 1) == dots);
  for (const std::string& line : lines) {
    std::size_t characters = 0;
    for (char c : line) characters += (c & 0xC0) != 0x80 ? 1 : 0;
    CHECK(characters == 28);
  }
}

TEST_CASE("one point, equal errors, no points, no room: nothing breaks") {
  CHECK(chart(falling(1), {.columns = 20, .rows = 2}, false)[1].find('*') != std::string::npos);
  std::vector<ChartPoint> level = {{1e3, 1e-3}, {1e6, 1e-3}};
  CHECK(std::ranges::count(chart(level, {.columns = 20, .rows = 1}, false)[0], '*') == 12);
  CHECK(chart({}, {.columns = 20, .rows = 2}, true) ==
        std::vector<std::string>(2, std::string(20, ' ')));
  for (std::size_t columns = 0; columns < 12; ++columns) {
    for (std::size_t rows = 0; rows < 4; ++rows) {
      CHECK(chart(falling(4), {.columns = columns, .rows = rows}, true).size() == rows);
    }
  }
}

TEST_CASE("the error of sobol is known only where the counted samples are a prefix") {
  JobSpec spec = finishedJob().spec;
  ConvergencePoint point{.number = 1, .samples = 1000};
  point.hits.strata[0] = 785;
  ConvergencePoint prefix = point;
  prefix.isPrefix = true;
  std::vector<ConvergencePoint> points = {point, prefix};
  CHECK(chartPoints(spec, points).size() == 2);
  CHECK(chartPoints(spec, points)[0].samples == 1000);
  spec.stream.sampler = Sampler::kSobol;
  CHECK(chartPoints(spec, points).size() == 1);
}

}  // namespace
}  // namespace pi::client::top
