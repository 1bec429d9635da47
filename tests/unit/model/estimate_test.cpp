#include "common/model/estimate.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace pi {
namespace {

JobInfo randomJob(std::uint64_t samples, std::uint64_t hits) {
  JobInfo job;
  job.samplesCounted = samples;
  job.hits.strata[0] = hits;
  job.stratumSamples[0] = samples;
  return job;
}

// A Sobol' job with these hits, and `each` samples in every stratum.
JobInfo sobolJob(std::uint64_t each, const Hits& hits) {
  JobInfo job;
  job.samplesCounted = 16 * each;
  job.hits = hits;
  job.spec.stream.sampler = Sampler::kSobol;
  job.stratumSamples.fill(each);
  return job;
}

TEST_CASE("there is no estimate before the first sample") {
  CHECK_FALSE(estimate(randomJob(0, 0)));
}

TEST_CASE("pi is four times the share of hits, rounded once") {
  CHECK(estimate(randomJob(1'000'000, 785'398))->pi == 3.141592);
  CHECK(estimate(randomJob(3, 1))->pi == 4.0 / 3.0);
  CHECK(estimate(randomJob(1'000'000'000'000'000'000, 785'398'163'397'448'309))->pi ==
        std::numbers::pi);
  std::uint64_t most = kSamplesEnd - 1;
  CHECK(estimate(randomJob(most, most))->pi == 4.0);
  CHECK(estimate(randomJob(most, most - 1))->pi == 4.0);  // Nearer to 4 than to its neighbour.
}

TEST_CASE("the error of random samples is the binomial one") {
  std::optional<Estimate> million = estimate(randomJob(1'000'000, 785'398));
  CHECK(million->standardError == doctest::Approx(1.6422e-3).epsilon(1e-4));
  CHECK(million->low == doctest::Approx(3.141592 - 1.96 * 1.6422e-3).epsilon(1e-5));
  CHECK(million->high == doctest::Approx(3.141592 + 1.96 * 1.6422e-3).epsilon(1e-5));

  std::optional<Estimate> huge =
      estimate(randomJob(1'000'000'000'000'000'000, 785'398'163'397'448'309));
  CHECK(huge->standardError == doctest::Approx(1.6422e-9).epsilon(1e-4));
}

TEST_CASE("the error is not zero when none or all of the samples are hits") {
  for (std::uint64_t samples :
       {std::uint64_t{1}, std::uint64_t{10}, std::uint64_t{1'000'000}, std::uint64_t{1} << 62}) {
    CAPTURE(samples);
    std::optional<Estimate> none = estimate(randomJob(samples, 0));
    CHECK(none->pi == 0.0);
    CHECK(none->low == 0.0);
    CHECK(none->high > 0.0);
    CHECK(none->standardError > 0.0);

    std::optional<Estimate> all = estimate(randomJob(samples, samples));
    CHECK(all->pi == 4.0);
    CHECK(all->high == 4.0);
    CHECK(all->low <= 4.0);
    CHECK(all->standardError == doctest::Approx(none->standardError));
  }
  // 4 * sqrt(p (1 - p) / n) with n = 10 + z^2 and p = z^2 / 2 / n.
  CHECK(estimate(randomJob(10, 0))->standardError == doctest::Approx(0.3717).epsilon(1e-3));
}

TEST_CASE("an interval stays within 0 and 4") {
  for (std::uint64_t samples = 1; samples <= 20; ++samples) {
    for (std::uint64_t hits = 0; hits <= samples; ++hits) {
      std::optional<Estimate> found = estimate(randomJob(samples, hits));
      CHECK(0.0 <= found->low);
      CHECK(found->low <= found->pi);
      CHECK(found->pi <= found->high);
      CHECK(found->high <= 4.0);
    }
  }
}

TEST_CASE(
    "the interval of few random samples contains pi at least 92, on average 94 % of the time") {
  constexpr double kShare = std::numbers::pi / 4;
  double sum = 0;
  for (std::uint64_t samples = 1; samples <= 200; ++samples) {
    CAPTURE(samples);
    double covered = 0;
    for (std::uint64_t hits = 0; hits <= samples; ++hits) {
      std::optional<Estimate> found = estimate(randomJob(samples, hits));
      if (std::numbers::pi < found->low || found->high < std::numbers::pi) continue;
      auto n = static_cast<double>(samples), k = static_cast<double>(hits);
      covered += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                          k * std::log(kShare) + (n - k) * std::log(1 - kShare));
    }
    CHECK(covered >= 0.92);
    if (samples >= 10) sum += covered;
  }
  CHECK(sum / 191 >= 0.94);  // The mean over 10 to 200 samples.
}

TEST_CASE("the error of Sobol' samples is that of the mean of sixteen strata") {
  Hits hits;
  for (std::size_t i = 0; i < 16; ++i) hits.strata[i] = i % 2 == 0 ? 785'000 : 786'000;
  std::optional<Estimate> found = estimate(sobolJob(1'000'000, hits));
  // Each stratum is 0.002 off the mean: sqrt(16 * 0.002^2 / (15 * 16)).
  CHECK(found->pi == 3.142);
  CHECK(found->standardError == doctest::Approx(0.002 / std::sqrt(15.0)));
  CHECK(found->high - found->pi == doctest::Approx(2.131450 * found->standardError));
}

TEST_CASE("a spread below the precision of a double is still measured") {
  constexpr std::uint64_t kEach = std::uint64_t{1} << 58;
  Hits hits;
  for (std::size_t i = 0; i < 16; ++i) hits.strata[i] = kEach / 4 * 3 + (i % 2 == 0 ? 8 : 0);
  std::optional<Estimate> found = estimate(sobolJob(kEach, hits));
  double offset = 4 * 4.0 / static_cast<double>(kEach);
  CHECK(found->standardError == doctest::Approx(offset / std::sqrt(15.0)).epsilon(1e-9));
  CHECK(knownText(*found) == "3.000000000000000056 ± 0.000000000000000014");
}

TEST_CASE("strata with equal hits still have an error") {
  Hits hits;
  hits.strata.fill(12);
  std::optional<Estimate> found = estimate(sobolJob(16, hits));
  CHECK(found->pi == 3.0);
  CHECK(found->standardError == doctest::Approx(4 * std::sqrt(16.0 / 12) / 256));
}

TEST_CASE("an estimate from few Sobol' samples uses the binomial error") {
  JobInfo job;
  job.samplesCounted = 20;
  job.spec.stream.sampler = Sampler::kSobol;
  job.stratumSamples.fill(1);
  for (std::size_t i = 0; i < 4; ++i) job.stratumSamples[i] = 2;
  job.hits.strata.fill(1);
  job.hits.strata[15] = 0;
  CHECK(estimate(job)->standardError == doctest::Approx(4 * std::sqrt(0.75 * 0.25 / 20)));
}

TEST_CASE("the 95 % interval of random samples contains pi 95 % of the time") {
  std::mt19937_64 random(2017);
  std::binomial_distribution<std::uint64_t> draw(10'000, std::numbers::pi / 4);
  int held = 0;
  for (int i = 0; i < 4000; ++i) {
    Estimate found = *estimate(randomJob(10'000, draw(random)));
    if (found.low <= std::numbers::pi && std::numbers::pi <= found.high) ++held;
  }
  CHECK(held > 4000 * 0.935);
  CHECK(held < 4000 * 0.965);
}

TEST_CASE("the 95 % interval of sixteen strata contains pi 95 % of the time") {
  std::mt19937_64 random(2017);
  std::binomial_distribution<std::uint64_t> draw(10'000, std::numbers::pi / 4);
  int held = 0;
  for (int i = 0; i < 4000; ++i) {
    Hits hits;
    for (std::uint64_t& stratum : hits.strata) stratum = draw(random);
    Estimate found = *estimate(sobolJob(10'000, hits));
    if (found.low <= std::numbers::pi && std::numbers::pi <= found.high) ++held;
  }
  CHECK(held > 4000 * 0.935);
  CHECK(held < 4000 * 0.965);
}

TEST_CASE("only the digits that the error supports are shown") {
  auto shown = [](std::uint64_t hits, std::uint64_t samples, double error) {
    return knownText({.hits = hits, .samples = samples, .standardError = error});
  };
  CHECK(shown(314'159'265, 400'000'000, 0.0000214) == "3.14159 ± 0.00002");
  CHECK(shown(314'159'265, 400'000'000, 0.0000164) == "3.141593 ± 0.000016");
  CHECK(shown(314'159'265, 400'000'000, 0.00000951) == "3.141593 ± 0.000010");
  CHECK(shown(314'159'265, 400'000'000, 0.0000967) == "3.14159 ± 0.00010");
  CHECK(shown(314'159'265, 400'000'000, 0.0996) == "3.14 ± 0.10");
  CHECK(shown(314'159'265, 400'000'000, 0.5) == "3.1 ± 0.5");
  CHECK(shown(7, 7, 1.0) == "4.0 ± 1.0");
  CHECK(shown(7, 7, 2.2) == "4 ± 2");
  CHECK(shown(314'159'265'358'979'324, 400'000'000'000'000'000, 1e-20) ==
        "3.141592653589793240 ± 0.000000000000000001");
}

TEST_CASE("a point has the estimate that its job had there, where the error is known") {
  JobInfo random = randomJob(1000, 785);
  ConvergencePoint point{.samples = 1000, .hits = random.hits};
  REQUIRE(estimateAt(point, random.spec));
  CHECK(estimateAt(point, random.spec)->standardError == estimate(random)->standardError);

  Hits hits;
  hits.strata.fill(78);
  hits.strata[3] = 80;
  JobInfo sobol = sobolJob(100, hits);
  point = {.samples = sobol.samplesCounted, .hits = hits};
  CHECK_FALSE(estimateAt(point, sobol.spec));
  point.isPrefix = true;
  REQUIRE(estimateAt(point, sobol.spec));
  CHECK(estimateAt(point, sobol.spec)->pi == estimate(sobol)->pi);
  CHECK(estimateAt(point, sobol.spec)->standardError == estimate(sobol)->standardError);
}

}  // namespace
}  // namespace pi
