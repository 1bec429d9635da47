#include "worker/core/low_water.h"

#include <doctest/doctest.h>

#include "common/model/limits.h"
#include "common/model/sample_range.h"

namespace pi::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("the mark is the work of the prefetch time and one round trip") {
  LowWater lowWater(1000);
  lowWater.setPrefetch(milliseconds(20));
  CHECK(lowWater.mark() == 20);

  lowWater.noteRoundTrip(milliseconds(100));

  CHECK(lowWater.roundTrip() == milliseconds(100));
  CHECK(lowWater.mark() == 120);
}

TEST_CASE("the round trip follows the measurements, and one late answer moves it little") {
  LowWater lowWater(1000);
  lowWater.noteRoundTrip(milliseconds(100));

  lowWater.noteRoundTrip(milliseconds(500));
  CHECK(lowWater.roundTrip() == milliseconds(200));

  for (int i = 0; i < 30; ++i) lowWater.noteRoundTrip(milliseconds(10));
  CHECK(lowWater.roundTrip() < milliseconds(11));
}

TEST_CASE("an answer that takes very long counts as the longest round trip") {
  LowWater lowWater(1000);
  lowWater.noteRoundTrip(seconds(3600));
  CHECK(lowWater.roundTrip() == kRoundTripMax);
}

TEST_CASE("the mark follows the speed of the spans, and ignores spans that are too short") {
  LowWater lowWater(1000);
  lowWater.setPrefetch(milliseconds(100));

  lowWater.noteSpan(1'000'000, std::chrono::microseconds(10));
  CHECK(lowWater.mark() == 100);

  for (int i = 0; i < 30; ++i) lowWater.noteSpan(100, seconds(1));
  CHECK(lowWater.mark() == 10);
  lowWater.checkInvariants();
}

TEST_CASE("a change of the mark is told once, and a small one is not") {
  LowWater lowWater(1000);
  CHECK_FALSE(lowWater.takeChange());
  lowWater.setPrefetch(milliseconds(800));
  CHECK(lowWater.takeChange() == 800);
  CHECK_FALSE(lowWater.takeChange());

  lowWater.setPrefetch(milliseconds(900));
  CHECK_FALSE(lowWater.takeChange());
  lowWater.setPrefetch(milliseconds(901));
  CHECK(lowWater.takeChange() == 901);
  lowWater.setPrefetch(milliseconds(0));
  CHECK(lowWater.takeChange() == 0);
}

TEST_CASE("the mark of the fastest worker does not overflow") {
  LowWater lowWater(~std::uint64_t{0});
  lowWater.setPrefetch(std::chrono::hours(1));
  CHECK(lowWater.mark() == kSamplesEnd);
}

}  // namespace
}  // namespace pi::worker
