#include "scheduler/core/throughput.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

using Parts = std::vector<std::uint64_t>;

TEST_CASE("samples are added up in parts of the same width") {
  Throughput series(100);
  series.add(10, milliseconds(1100));
  series.add(20, milliseconds(1150));
  series.add(30, milliseconds(1700));

  CHECK(series.width() == milliseconds(250));
  CHECK(series.begin() == milliseconds(850));
  CHECK(series.parts() == Parts{10, 20, 0, 30});
  CHECK(series.total() == 60);
  series.checkInvariants();
}

TEST_CASE("a job that is counted at once begins with its submission") {
  Throughput series(100);
  series.add(10, milliseconds(1));
  CHECK(series.begin() == Duration{});
  CHECK(series.parts() == Parts{10});
}

TEST_CASE("the resolution halves as a job gets longer, and nothing is lost") {
  Throughput series(8);
  for (int i = 1; i <= 8; ++i) series.add(1, i * milliseconds(250));
  CHECK(series.parts() == Parts{1, 1, 1, 1, 1, 1, 1, 1});

  series.add(5, milliseconds(2250));

  CHECK(series.width() == milliseconds(500));
  CHECK(series.parts() == Parts{2, 2, 2, 2, 5});
  for (int i = 3; i <= 10'000; ++i) series.add(1, seconds(i));
  CHECK(series.parts().size() <= 8);
  CHECK(series.parts().size() > 4);
  CHECK(series.total() == 8 + 5 + 9'998);
  series.checkInvariants();
}

TEST_CASE("a long pause is one gap, whatever its length") {
  Throughput series(8);
  series.add(3, seconds(1));
  series.add(4, hours(24) * 365);
  CHECK(series.parts().size() <= 8);
  CHECK(series.parts().front() == 3);
  CHECK(series.parts().back() == 4);
  series.checkInvariants();
}

}  // namespace
}  // namespace pi::scheduler
