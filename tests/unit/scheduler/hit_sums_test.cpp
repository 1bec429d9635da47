#include "scheduler/core/hit_sums.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

constexpr WorkerId kAnn{1}, kBob{2}, kCid{3};

TEST_CASE("the sum of a worker is that of its tallies, for a limited number of workers") {
  HitSums sums;
  sums.add(kAnn, {.samples = 10, .hits = 8}, 2);
  sums.add(kBob, {.samples = 5, .hits = 5}, 2);
  sums.add(kAnn, {.samples = 20, .hits = 15}, 2);
  sums.add(kCid, {.samples = 7, .hits = 1}, 2);

  CHECK(sums.of(kAnn).samples == 30);
  CHECK(sums.of(kAnn).hits == 23);
  CHECK(sums.of(kBob).samples == 5);
  CHECK(sums.of(kCid).samples == 0);
  sums.checkInvariants({.samples = 42, .hits = 29});
}

}  // namespace
}  // namespace pi::scheduler
