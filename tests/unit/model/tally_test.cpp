#include "common/model/tally.h"

#include <doctest/doctest.h>

#include <random>

namespace pi {
namespace {

TEST_CASE("hits add up stratum by stratum") {
  Hits a;
  Hits b;
  a.strata[0] = 1;
  a.strata[15] = 2;
  b.strata[15] = 3;
  a += b;
  CHECK(a.strata[0] == 1);
  CHECK(a.strata[15] == 5);
  CHECK(a.total() == 6);
}

TEST_CASE("stratumSize agrees with counting the samples one by one") {
  std::mt19937_64 random(1);
  for (int step = 0; step < 500; ++step) {
    SampleRange range{.begin = random() % 100};
    range.end = range.begin + random() % 100;
    std::uint64_t sum = 0;
    for (std::size_t stratum = 0; stratum < 16; ++stratum) {
      std::uint64_t counted = 0;
      for (std::uint64_t i = range.begin; i < range.end; ++i) counted += i % 16 == stratum;
      REQUIRE(stratumSize(range, stratum, 16) == counted);
      sum += counted;
    }
    REQUIRE(sum == range.size());
    REQUIRE(stratumSize(range, 0, 1) == range.size());
  }
}

TEST_CASE("a tally with more hits than samples in a stratum is impossible") {
  Tally tally{.range = {.begin = 8, .end = 24}, .hits = {}};
  tally.hits.strata.fill(1);
  CHECK(isPossible(tally, Sampler::kSobol));

  tally.hits.strata[3] = 2;
  CHECK_FALSE(isPossible(tally, Sampler::kSobol));
}

TEST_CASE("a tally with hits in a stratum that the sampler does not have is impossible") {
  Tally tally{.range = {.begin = 0, .end = 16}, .hits = {}};
  tally.hits.strata[0] = 16;
  CHECK(isPossible(tally, Sampler::kRandom));

  tally.hits.strata[0] = 8;
  tally.hits.strata[1] = 1;
  CHECK_FALSE(isPossible(tally, Sampler::kRandom));
}

TEST_CASE("a tally with hits near 2^64 is impossible") {
  Tally tally{.range = {.begin = 0, .end = 16}, .hits = {}};
  tally.hits.strata[0] = ~std::uint64_t{0};
  CHECK_FALSE(isPossible(tally, Sampler::kRandom));
}

}  // namespace
}  // namespace pi
