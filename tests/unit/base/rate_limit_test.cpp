#include "common/base/rate_limit.h"

#include <doctest/doctest.h>

using namespace pi;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart{1h};

}  // namespace

TEST_CASE("in each period, as many are allowed as the limit says") {
  RateLimit limit(3, 10s);
  for (Duration begin : {0s, 10s, 50s}) {
    CAPTURE(begin.count());
    for (int i = 0; i < 3; ++i) CHECK(limit.allows(kStart + begin + i * 1s));
    CHECK_FALSE(limit.allows(kStart + begin + 3s));
    CHECK_FALSE(limit.allows(kStart + begin + 10s - 1ns));
  }
}

TEST_CASE("a period begins with the first after the last period, not with the last refused one") {
  RateLimit limit(1, 10s);
  CHECK(limit.allows(kStart));
  for (int i = 1; i < 10; ++i) CHECK_FALSE(limit.allows(kStart + i * 1s));
  CHECK(limit.allows(kStart + 10s));
  CHECK(limit.allows(kStart + 25s));
  CHECK_FALSE(limit.allows(kStart + 34s));
  CHECK(limit.allows(kStart + 35s));
}

TEST_CASE("the note says how many were refused since the last note") {
  RateLimit limit(1, 1s);
  CHECK(limit.allows(kStart));
  CHECK(limit.takeNote().empty());
  for (int i = 0; i < 7; ++i) CHECK_FALSE(limit.allows(kStart));
  CHECK(limit.allows(kStart + 1s));
  CHECK(limit.takeNote() == " (7 lines like this left out)");
  CHECK(limit.takeNote().empty());
}

TEST_CASE("a limit of zero allows nothing") {
  RateLimit limit(0);
  CHECK_FALSE(limit.allows(kStart));
  CHECK_FALSE(limit.allows(kStart + 1h));
}
