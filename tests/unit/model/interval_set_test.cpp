#include "common/model/interval_set.h"

#include <doctest/doctest.h>

#include <bitset>
#include <random>

namespace pi {
namespace {

TEST_CASE("ranges that touch or overlap become one") {
  IntervalSet set;
  set.insert({.begin = 0, .end = 10});
  set.insert({.begin = 20, .end = 30});
  set.insert({.begin = 10, .end = 15});
  set.insert({.begin = 14, .end = 20});

  CHECK(set.ranges() == std::vector<SampleRange>{{.begin = 0, .end = 30}});
}

TEST_CASE("erasing the middle of a range leaves both ends") {
  IntervalSet set({.begin = 0, .end = kSamplesEnd});
  set.erase({.begin = 5, .end = 7});

  CHECK(set.ranges() ==
        std::vector<SampleRange>{{.begin = 0, .end = 5}, {.begin = 7, .end = kSamplesEnd}});
  CHECK(set.size() == kSamplesEnd - 2);
}

TEST_CASE("after random inserts and erases the set equals a set of single samples") {
  constexpr std::uint64_t kUniverse = 64;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    IntervalSet set;
    std::bitset<kUniverse> oracle;
    for (int step = 0; step < 200; ++step) {
      std::uint64_t begin = random() % kUniverse;
      SampleRange range{.begin = begin, .end = begin + random() % (kUniverse - begin + 1)};
      bool inserting = random() % 2 == 0;
      inserting ? set.insert(range) : set.erase(range);
      for (std::uint64_t i = range.begin; i < range.end; ++i) oracle[i] = inserting;

      REQUIRE(set.size() == oracle.count());
      std::uint64_t probe = random() % kUniverse;
      SampleRange asked{.begin = probe, .end = probe + random() % (kUniverse - probe + 1)};
      std::uint64_t inside = 0;
      for (std::uint64_t i = asked.begin; i < asked.end; ++i) inside += oracle[i];
      REQUIRE(set.contains(asked) == (inside == asked.size()));
      REQUIRE(set.intersects(asked) == (inside > 0));
      std::uint64_t within = 0;
      for (SampleRange piece : set.within(asked)) within += piece.size();
      REQUIRE(within == inside);
    }
    std::uint64_t last = 0;
    for (SampleRange range : set.ranges()) {
      REQUIRE(range.begin < range.end);
      REQUIRE((range.begin > last || range.begin == 0));
      last = range.end;
    }
  }
}

}  // namespace
}  // namespace pi
