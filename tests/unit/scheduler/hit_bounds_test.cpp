#include "scheduler/core/hit_bounds.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

namespace pi::scheduler {
namespace {

constexpr std::uint64_t kSizes[] = {1'000'000, 1'000'000'000'000, 1'000'000'000'000'000'000};

// As many hits as are `deviations` standard deviations from the expected number.
std::uint64_t hitsAt(double deviations, std::uint64_t samples) {
  constexpr long double kShare = std::numbers::pi_v<long double> / 4;
  auto size = static_cast<long double>(samples);
  return static_cast<std::uint64_t>(
      std::llround(size * kShare + deviations * std::sqrt(size * kShare * (1 - kShare))));
}

bool isSurprising(std::uint64_t hits, std::uint64_t samples) {
  return surpriseOf(hits, samples) > kSurpriseMax;
}

TEST_CASE("numbers of hits that happen are not surprising") {
  for (std::uint64_t samples : kSizes) {
    CAPTURE(samples);
    for (double deviations : {0.0, 1.0, -3.0, 6.0, -6.0, 9.8, -9.8}) {
      CAPTURE(deviations);
      CHECK_FALSE(isSurprising(hitsAt(deviations, samples), samples));
    }
  }
}

TEST_CASE("numbers of hits ten standard deviations away are surprising") {
  for (std::uint64_t samples : kSizes) {
    CAPTURE(samples);
    for (double deviations : {10.2, -10.2, 20.0, -20.0}) {
      CAPTURE(deviations);
      CHECK(isSurprising(hitsAt(deviations, samples), samples));
    }
  }
}

TEST_CASE("no hits, only hits, and 80 % of hits are surprising") {
  constexpr std::uint64_t kSamples = 1'000'000;
  CHECK(isSurprising(0, kSamples));
  CHECK(isSurprising(0, 33));
  CHECK_FALSE(isSurprising(0, 32));
  CHECK(isSurprising(kSamples, kSamples));
  CHECK(isSurprising(kSamples / 10 * 8, kSamples));
}

TEST_CASE("the surprise is the logarithm of the probability where that is known") {
  double share = std::numbers::pi / 4;
  CHECK(surpriseOf(100, 100) == doctest::Approx(-100 * std::log(share)));
  CHECK(surpriseOf(0, 100) == doctest::Approx(-100 * std::log(1 - share)));
  CHECK(surpriseOf(0, 0) == 0);
  // Close to the expected number it is half the square of the standard deviations.
  CHECK(surpriseOf(hitsAt(3, kSizes[2]), kSizes[2]) == doctest::Approx(4.5).epsilon(1e-6));
}

Tally sobolTally(std::uint64_t points, double share) {
  Tally tally{.range = {.begin = 16, .end = 16 + 16 * points}, .hits = {}};
  for (std::uint64_t& hits : tally.hits.strata) {
    hits = static_cast<std::uint64_t>(share * static_cast<double>(points));
  }
  return tally;
}

TEST_CASE("a Sobol' tally with hits that no net has is impossible") {
  CHECK(canSobolHave(sobolTally(1, 1)));
  CHECK(canSobolHave(sobolTally(100'000, std::numbers::pi / 4)));
  CHECK_FALSE(canSobolHave(sobolTally(100'000, 0)));
  CHECK_FALSE(canSobolHave(sobolTally(100'000, 1)));
  CHECK_FALSE(canSobolHave(sobolTally(2'000'000, 0.8)));
  Tally oneStratum = sobolTally(100'000, std::numbers::pi / 4);
  oneStratum.hits.strata[15] = 0;
  CHECK_FALSE(canSobolHave(oneStratum));
}

}  // namespace
}  // namespace pi::scheduler
