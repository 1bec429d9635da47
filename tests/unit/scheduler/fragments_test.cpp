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
