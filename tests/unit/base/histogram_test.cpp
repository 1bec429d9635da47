#include "common/base/histogram.h"

#include <doctest/doctest.h>

using namespace pi;
using namespace std::chrono_literals;

TEST_CASE("a duration is counted at the first bound that it does not exceed") {
  Histogram histogram({1ms, 10ms});
  CHECK(histogram.count() == 0);
  for (Duration each :
       {Duration(0ms), Duration(1ms), Duration(1ms + 1ns), Duration(10ms), Duration(1h)}) {
    histogram.add(each);
  }
  CHECK(histogram.counts() == std::vector<std::uint64_t>{2, 2, 1});
  CHECK(histogram.count() == 5);
  CHECK(histogram.sum() == 1h + 12ms + 1ns);
}
