#include "scheduler/core/fragments.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

constexpr WorkerId kAnn{1}, kBob{2};

Fragment fragment(SampleRange range, WorkerId contributor) {
  return {.tally = {.range = range, .hits = {.strata = {range.size()}}},
          .contributor = contributor};
}

TEST_CASE("neighbours of one contributor become one fragment, in whatever order they come") {
  Fragments counted;
  counted.insert(fragment({.begin = 0, .end = 10}, kAnn));
  counted.insert(fragment({.begin = 20, .end = 30}, kAnn));
  counted.insert(fragment({.begin = 10, .end = 20}, kAnn));

  CHECK(counted.all() == std::vector<Fragment>{fragment({.begin = 0, .end = 30}, kAnn)});
  CHECK(counted.samples() == 30);
  CHECK(counted.hits().total() == 30);
}

TEST_CASE("neighbours of two contributors stay apart, so that one can say who computed what") {
  Fragments counted;
  counted.insert(fragment({.begin = 10, .end = 20}, kBob));
  counted.insert(fragment({.begin = 0, .end = 10}, kAnn));
  counted.insert(fragment({.begin = 20, .end = 30}, kAnn));

  CHECK(counted.count() == 3);
  CHECK(counted.all()[1] == fragment({.begin = 10, .end = 20}, kBob));
}

TEST_CASE("beyond their limit neighbours become one, whoever computed them, and are saved so") {
  Fragments counted(4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    counted.insert(fragment({.begin = 10 * i, .end = 10 * i + 10}, i % 2 == 0 ? kAnn : kBob));
  }
  counted.insert(fragment({.begin = 60, .end = 70}, kAnn));

  CHECK(counted.all() == std::vector<Fragment>{fragment({.begin = 0, .end = 40}, kSeveral),
                                               fragment({.begin = 60, .end = 70}, kAnn)});
  CHECK(counted.samples() == 50);
  CHECK(counted.hits().total() == 50);
  CHECK(counted.holds({.begin = 10, .end = 20}, kBob));
  CHECK_FALSE(counted.haveTooManyGaps());
  Fragments::Changed changed = counted.takeChanges();
  CHECK(changed.erased == std::vector<std::uint64_t>{10, 20, 30});
  CHECK(changed.put == counted.all());
}

TEST_CASE("gaps cannot be joined, and are noticed when there are too many") {
  Fragments counted(4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    counted.insert(fragment({.begin = 20 * i, .end = 20 * i + 10}, kAnn));
    CHECK_FALSE(counted.haveTooManyGaps());
  }
  counted.insert(fragment({.begin = 80, .end = 90}, kAnn));
  CHECK(counted.haveTooManyGaps());
}

TEST_CASE("a range intersects what is counted only where they share a sample") {
  Fragments counted;
  counted.insert(fragment({.begin = 10, .end = 20}, kAnn));

  CHECK(counted.intersects({.begin = 19, .end = 25}));
  CHECK(counted.intersects({.begin = 0, .end = 100}));
  CHECK_FALSE(counted.intersects({.begin = 0, .end = 10}));
  CHECK_FALSE(counted.intersects({.begin = 20, .end = 30}));
  CHECK_FALSE(counted.intersects({.begin = 15, .end = 15}));
}

TEST_CASE("a chunk counts once all of it is counted, whoever computed its parts") {
  Fragments counted;
  counted.insert(fragment({.begin = 5, .end = 14}, kAnn));
  CHECK(counted.wholeChunks(10, 100) == 0);

  counted.insert(fragment({.begin = 14, .end = 25}, kBob));
  CHECK(counted.wholeChunks(10, 100) == 1);

  counted.insert(fragment({.begin = 0, .end = 5}, kBob));
  CHECK(counted.wholeChunks(10, 100) == 2);
}

TEST_CASE("the last chunk counts with its remainder") {
  Fragments counted;
  counted.insert(fragment({.begin = 20, .end = 25}, kAnn));

  CHECK(counted.wholeChunks(10, 25) == 1);
  CHECK(counted.wholeChunks(10, 26) == 0);
}

}  // namespace
}  // namespace pi::scheduler
