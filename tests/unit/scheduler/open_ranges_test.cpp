#include "scheduler/core/open_ranges.h"

#include <doctest/doctest.h>

#include <random>

#include "common/model/interval_set.h"

namespace pi::scheduler {
namespace {

constexpr WorkerId kAnn{1}, kBob{2}, kCid{3};

TEST_CASE("the first worker's arena is the whole job") {
  OpenRanges open({.begin = 0, .end = 1000});

  CHECK(open.assignArena(kAnn, {.unit = 1}) == SampleRange{.begin = 0, .end = 1000});
}

TEST_CASE("a worker that comes later gets the upper half of the largest arena") {
  OpenRanges open({.begin = 0, .end = 1000});
  open.assignArena(kAnn, {.unit = 1});

  CHECK(open.assignArena(kBob, {.unit = 1}) == SampleRange{.begin = 500, .end = 1000});
  open.take({.begin = 500, .end = 600});

  CHECK(open.assignArena(kCid, {.unit = 1}) == SampleRange{.begin = 250, .end = 500});
  CHECK(open.assignArena(kAnn, {.unit = 1}) == SampleRange{.begin = 0, .end = 250});
}

TEST_CASE("arenas are split between units") {
  OpenRanges open({.begin = 0, .end = 1000});
  open.assignArena(kAnn, {.unit = 300});

  CHECK(open.assignArena(kBob, {.unit = 300}) == SampleRange{.begin = 300, .end = 1000});
}

TEST_CASE("an arena too small to be split goes over whole") {
  OpenRanges open({.begin = 5, .end = 9});
  open.assignArena(kAnn, {.unit = 10});

  CHECK(open.assignArena(kBob, {.unit = 10}) == SampleRange{.begin = 5, .end = 9});
  open.checkInvariants();
}

TEST_CASE("a range without an owner is used before an arena is split") {
  OpenRanges open({.begin = 0, .end = 1000});
  open.assignArena(kAnn, {.unit = 1});
  open.take({.begin = 0, .end = 100});
  open.put({.begin = 0, .end = 50}, kBob);

  CHECK(open.assignArena(kBob, {.unit = 1}) == SampleRange{.begin = 0, .end = 50});
}

TEST_CASE("a worker is lent from the front, so that its leases adjoin") {
  OpenRanges open({.begin = 0, .end = 1000});
  open.assignArena(kAnn, {.unit = 1});
  open.take({.begin = 0, .end = 100});

  CHECK(open.assignArena(kAnn, {.unit = 1}) == SampleRange{.begin = 100, .end = 1000});
  CHECK(open.size() == 900);
}

TEST_CASE("samples given back join the arena that they adjoin") {
  OpenRanges open({.begin = 0, .end = 1000});
  open.assignArena(kAnn, {.unit = 1});
  open.take({.begin = 0, .end = 100});
  open.put({.begin = 60, .end = 100}, kAnn);

  CHECK(open.assignArena(kAnn, {.unit = 1}) == SampleRange{.begin = 60, .end = 1000});
}

TEST_CASE("a hole in an arena leaves its owner the upper part") {
  OpenRanges open({.begin = 0, .end = 1000});
  open.assignArena(kAnn, {.unit = 1});
  open.take({.begin = 400, .end = 500});

  CHECK(open.assignArena(kAnn, {.unit = 1}) == SampleRange{.begin = 500, .end = 1000});
  CHECK(open.assignArena(kBob, {.unit = 1}) == SampleRange{.begin = 0, .end = 400});
}

TEST_CASE("a released arena joins its free neighbours") {
  OpenRanges open({.begin = 0, .end = 1000});
  open.assignArena(kAnn, {.unit = 1});
  open.assignArena(kBob, {.unit = 1});
  open.release(kAnn);
  open.release(kBob);
  open.release(kCid);

  CHECK(open.ranges() == std::vector<SampleRange>{{.begin = 0, .end = 1000}});
  CHECK(open.assignArena(kCid, {.unit = 1}) == SampleRange{.begin = 0, .end = 1000});
}

TEST_CASE("any mix of arenas, takes and puts holds what a plain set holds") {
  constexpr std::uint64_t kSamples = 200;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    OpenRanges open({.begin = 0, .end = kSamples});
    IntervalSet oracle({.begin = 0, .end = kSamples});
    for (int step = 0; step < 100; ++step) {
      std::uint64_t begin = random() % kSamples;
      SampleRange range{.begin = begin, .end = begin + random() % (kSamples - begin + 1)};
      WorkerId worker{1 + random() % 5};
      switch (random() % 4) {
        case 0:
          open.take(range);
          oracle.erase(range);
          break;
        case 1:
          if (oracle.intersects(range)) break;
          open.put(range, worker);
          oracle.insert(range);
          break;
        case 2:
          if (!open.empty())
            REQUIRE(oracle.contains(open.assignArena(worker, {.unit = 1 + random() % 9})));
          break;
        default:
          open.release(worker);
      }
      open.checkInvariants();
      IntervalSet seen;
      for (SampleRange piece : open.ranges()) seen.insert(piece);
      REQUIRE(seen == oracle);
      REQUIRE(open.size() == oracle.size());
    }
  }
}

}  // namespace
}  // namespace pi::scheduler
