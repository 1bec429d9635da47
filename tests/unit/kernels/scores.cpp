#include "tests/unit/kernels/scores.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pi::kernels {
namespace {

// The probability that the empirical distribution of n values is at least `distance` away from the
// distribution that they are drawn from: Kolmogorov's series, with Stephens' correction for small n
// (M. A. Stephens, J. Royal Statistical Society B 32, 1970).
double kolmogorovSmirnovP(double distance, double n) {
  double lambda = (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * distance;
  if (lambda < 0.3) return 1;  // The series converges slowly; the result is above 0.99999.
  double sum = 0;
  for (int k = 1; k <= 100; ++k) {
    sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * lambda * lambda);
  }
  return std::clamp(sum, 0.0, 1.0);
}

}  // namespace

double hitScore(const Kernel& kernel, std::uint64_t seed, SampleRange range) {
  constexpr double kChance = std::numbers::pi / 4;
  auto samples = static_cast<double>(range.size());
  auto hits = static_cast<double>(kernel.hitsIn({.seed = seed}, range).total());
  return (hits - samples * kChance) / std::sqrt(samples * kChance * (1 - kChance));
}

ScoreSummary summarise(std::vector<double> scores) {
  auto n = static_cast<double>(scores.size());
  ScoreSummary summary;
  for (double score : scores) summary.mean += score / n;
  double products = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    double deviation = scores[i] - summary.mean;
    summary.variance += deviation * deviation / (n - 1);
    if (i > 0) products += deviation * (scores[i - 1] - summary.mean);
  }
  summary.neighbourCorrelation = products / ((n - 1) * summary.variance);
  std::ranges::sort(scores);
  double distance = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    double expected = std::erfc(-scores[i] / std::numbers::sqrt2) / 2;
    auto below = static_cast<double>(i) / n;
    distance = std::max({distance, expected - below, below + 1 / n - expected});
  }
  summary.kolmogorovSmirnovP = kolmogorovSmirnovP(distance, n);
  return summary;
}

}  // namespace pi::kernels
