#include "common/base/calendar.h"

#include <doctest/doctest.h>

namespace pi {

using namespace std::chrono_literals;

TEST_CASE("a calendar time is written in UTC, with milliseconds that are rounded down") {
  constexpr auto kDay = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29);
  CHECK(calendarText(kDay + 23h + 4min + 5s + 67'999us) == "2024-02-29T23:04:05.067Z");
  CHECK(calendarText(WallTime{}) == "1970-01-01T00:00:00.000Z");
  CHECK(calendarText(WallTime{} - 1ns) == "1969-12-31T23:59:59.999Z");
  CHECK(calendarText(WallTime::max()) == "2262-04-11T23:47:16.854Z");
}

}  // namespace pi
