#include "scheduler/http/metrics_text.h"

#include <doctest/doctest.h>

using namespace pi;
using namespace pi::scheduler::http;
using namespace std::chrono_literals;

TEST_CASE("a metric is its help, its type, and its samples") {
  MetricsText text;
  text.counter("a_total", "Counts a.");
  text.add(std::uint64_t{18446744073709551615u});
  text.gauge("b", "Measures b.");
  text.add(0.25, {{"x", "1"}, {"y", "two"}});
  CHECK(text.take() ==
        "# HELP a_total Counts a.\n# TYPE a_total counter\na_total 18446744073709551615\n"
        "# HELP b Measures b.\n# TYPE b gauge\nb{x=\"1\",y=\"two\"} 0.25\n");
}

TEST_CASE("the text of a label cannot end it") {
  MetricsText text;
  text.gauge("a", "A.");
  text.add(1.0, {{"x", "a\"b\\c\nd"}});
  CHECK(text.take() == "# HELP a A.\n# TYPE a gauge\na{x=\"a\\\"b\\\\c?d\"} 1\n");
}

TEST_CASE("the buckets of a histogram add up") {
  Histogram durations({1ms, 10ms});
  for (Duration each : {Duration(1ms), Duration(2ms), Duration(10ms), Duration(11ms)}) {
    durations.add(each);
  }
  MetricsText text;
  text.histogram("a_seconds", "A.");
  text.add(durations, {{"m", "x"}});
  CHECK(text.take() ==
        "# HELP a_seconds A.\n# TYPE a_seconds histogram\n"
        "a_seconds_bucket{m=\"x\",le=\"0.001\"} 1\na_seconds_bucket{m=\"x\",le=\"0.01\"} 3\n"
        "a_seconds_bucket{m=\"x\",le=\"+Inf\"} 4\na_seconds_sum{m=\"x\"} 0.024\n"
        "a_seconds_count{m=\"x\"} 4\n");
}
