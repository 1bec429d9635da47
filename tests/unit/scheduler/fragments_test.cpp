#include "scheduler/core/fragments.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

constexpr WorkerId kAnn{1}, kBob{2};

Fragment fragment(SampleRange range, WorkerId contributor) {
  return {.tally = {.range = range, .hits = {.strata = {range.size()}}},
          .contributor = contributor};
}

TEST_CASE("neighbours of one contributor become one fragment, in any order of arrival") {
  Fragments counted;
  counted.insert(fragment({.begin = 0, .end = 10}, kAnn));
  counted.insert(fragment({.begin = 20, .end = 30}, kAnn));
  counted.insert(fragment({.begin = 10, .end = 20}, kAnn));

  CHECK(counted.all() == std::vector<Fragment>{fragment({.begin = 0, .end = 30}, kAnn)});
}

TEST_CASE("neighbours of two contributors stay separate, so that each sample has its contributor") {
  Fragments counted;
  counted.insert(fragment({.begin = 10, .end = 20}, kBob));
  counted.insert(fragment({.begin = 0, .end = 10}, kAnn));
  counted.insert(fragment({.begin = 20, .end = 30}, kAnn));

  CHECK(counted.count() == 3);
  CHECK(counted.all()[1] == fragment({.begin = 10, .end = 20}, kBob));
}

TEST_CASE("the store is told to erase exactly the neighbour that a fragment was merged with") {
  Fragments counted;
  counted.insert(fragment({.begin = 20, .end = 30}, kAnn));
  counted.insert(fragment({.begin = 40, .end = 50}, kAnn));
  counted.takeChanges();

  counted.insert(fragment({.begin = 10, .end = 20}, kAnn));
  Fragments::Changed changed = counted.takeChanges();
  CHECK(changed.erased == std::vector<std::uint64_t>{20});
  CHECK(changed.put == std::vector<Fragment>{fragment({.begin = 10, .end = 30}, kAnn)});

  counted.insert(fragment({.begin = 30, .end = 40}, kAnn));
  changed = counted.takeChanges();
  CHECK(changed.erased == std::vector<std::uint64_t>{40});
  CHECK(changed.put == std::vector<Fragment>{fragment({.begin = 10, .end = 50}, kAnn)});
}

TEST_CASE("beyond the limit all neighbours become one fragment, and the store is told") {
  Fragments counted(4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    counted.insert(fragment({.begin = 10 * i, .end = 10 * i + 10}, i % 2 == 0 ? kAnn : kBob));
  }
  counted.insert(fragment({.begin = 60, .end = 70}, kAnn));

  CHECK(counted.all() == std::vector<Fragment>{fragment({.begin = 0, .end = 40}, kSeveral),
                                               fragment({.begin = 60, .end = 70}, kAnn)});
  CHECK(counted.holds({.begin = 10, .end = 20}, kBob));
  CHECK_FALSE(counted.haveTooManyGaps());
  Fragments::Changed changed = counted.takeChanges();
  CHECK(changed.erased == std::vector<std::uint64_t>{10, 20, 30});
  CHECK(changed.put == counted.all());
}

TEST_CASE("too many gaps are noticed, since fragments with gaps between them cannot be joined") {
  Fragments counted(4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    counted.insert(fragment({.begin = 20 * i, .end = 20 * i + 10}, kAnn));
    CHECK_FALSE(counted.haveTooManyGaps());
  }
  counted.insert(fragment({.begin = 80, .end = 90}, kAnn));
  CHECK(counted.haveTooManyGaps());
}

TEST_CASE("a range intersects the counted ranges only if they share a sample") {
  Fragments counted;
  counted.insert(fragment({.begin = 10, .end = 20}, kAnn));

  CHECK(counted.intersects({.begin = 19, .end = 25}));
  CHECK(counted.intersects({.begin = 0, .end = 100}));
  CHECK_FALSE(counted.intersects({.begin = 0, .end = 10}));
  CHECK_FALSE(counted.intersects({.begin = 20, .end = 30}));
  CHECK_FALSE(counted.intersects({.begin = 15, .end = 15}));
}

}  // namespace
}  // namespace pi::scheduler
