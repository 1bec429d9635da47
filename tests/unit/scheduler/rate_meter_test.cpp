#include "scheduler/core/rate_meter.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart = Instant{} + std::chrono::hours(1);

TEST_CASE("without samples the rate is zero") {
  RateMeter meter(kStart);

  CHECK(meter.perSecond(kStart) == 0);
  CHECK(meter.perSecond(kStart + seconds(100)) == 0);
}

TEST_CASE("a steady stream is measured from its first second") {
  RateMeter meter(kStart);
  for (int tenth = 1; tenth <= 10; ++tenth) meter.add(100, kStart + milliseconds(100) * tenth);

  CHECK(meter.perSecond(kStart + seconds(1)) == doctest::Approx(1000).epsilon(0.05));
}

TEST_CASE("a steady stream is measured for any length of time") {
  RateMeter meter(kStart);
  for (int tenth = 1; tenth <= 10'000; ++tenth) meter.add(100, kStart + milliseconds(100) * tenth);

  CHECK(meter.perSecond(kStart + seconds(1000)) == doctest::Approx(1000).epsilon(0.05));
}

TEST_CASE("a rate fades when samples stop") {
  RateMeter meter(kStart);
  for (int tenth = 1; tenth <= 100; ++tenth) meter.add(100, kStart + milliseconds(100) * tenth);

  CHECK(meter.perSecond(kStart + seconds(13)) == doctest::Approx(1000 / 2.718).epsilon(0.05));
  CHECK(meter.perSecond(kStart + seconds(60)) < 1);
  meter.checkInvariants();
}

}  // namespace
}  // namespace pi::scheduler
