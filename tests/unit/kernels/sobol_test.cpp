#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "worker/kernels/kernel.h"

namespace pi::kernels {
namespace {

// The error of an estimate of pi from the first samples of a stream, and its standard error from
// the spread of the strata.
struct Estimated {
  double error = 0;
  double standardError = 0;
};

Estimated estimate(Stream stream, std::uint64_t samples) {
  Hits hits = best().hitsIn(stream, {.begin = 0, .end = samples});
  double each = static_cast<double>(samples) / kStrataMax, mean = 0, squares = 0;
  for (std::uint64_t of : hits.strata) mean += 4 * static_cast<double>(of) / each / kStrataMax;
  for (std::uint64_t of : hits.strata) {
    squares += std::pow(4 * static_cast<double>(of) / each - mean, 2);
  }
  return {.error = mean - std::numbers::pi,
          .standardError = std::sqrt(squares / (kStrataMax - 1) / kStrataMax)};
}

}  // namespace

TEST_CASE("the error of the Sobol' sampler is at most a tenth of random sampling's") {
  constexpr std::uint64_t kSamples = std::uint64_t{1} << 22;
  double randomSigma = 1.6422 / std::sqrt(static_cast<double>(kSamples));
  double squares = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    squares += std::pow(estimate({seed, Sampler::kSobol}, kSamples).error, 2);
  }
  CHECK(std::sqrt(squares / 20) < randomSigma / 10);
}

TEST_CASE("the spread of the Sobol' sampler's strata gives the correct standard error") {
  constexpr std::uint64_t kSamples = std::uint64_t{1} << 16;
  constexpr int kSeeds = 200;
  double squares = 0;
  int beyondTwo = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Estimated estimated = estimate({seed, Sampler::kSobol}, kSamples);
    double score = estimated.error / estimated.standardError;
    squares += score * score;
    beyondTwo += std::abs(score) > 2.131;  // One in twenty, for 15 degrees of freedom.
  }
  // Student's t with 15 degrees of freedom has variance 15/13.
  CHECK(squares / kSeeds == doctest::Approx(15.0 / 13).epsilon(0.3));
  CHECK(beyondTwo >= 2);
  CHECK(beyondTwo <= 22);
}

}  // namespace pi::kernels
