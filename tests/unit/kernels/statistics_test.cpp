#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/unit/kernels/scores.h"
#include "worker/kernels/random_stream.h"

// These tests are deterministic.  scripts/statistics runs the long versions.
namespace pi::kernels {
namespace {

constexpr std::uint32_t kDraws = kRows * kBlockSteps;

// The draws of one lane in a block, scaled to [-0.5, 0.5).
std::vector<double> drawsOf(std::uint64_t seed, std::uint64_t block, std::uint32_t lane) {
  Lanes lanes;
  Draws drawn;
  startBlock(seed, block, lanes);
  std::vector<double> draws;
  while (draws.size() < kDraws) {
    step(lanes, drawn);
    for (const auto& row : drawn.rows) draws.push_back(row[lane] * 0x1p-32 - 0.5);
  }
  return draws;
}

// The correlation of two sequences of draws, in standard deviations of uncorrelated sequences.
double correlationScore(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum * 12 / std::sqrt(static_cast<double>(a.size()));
}

void checkStandardNormal(const std::vector<double>& scores) {
  auto n = static_cast<double>(scores.size());
  ScoreSummary summary = summarise(scores);
  CHECK(std::abs(summary.mean) < 3 / std::sqrt(n));
  CHECK(std::abs(summary.variance - 1) < 3 * std::sqrt(2 / n));
  CHECK(std::abs(summary.neighbourCorrelation) < 3 / std::sqrt(n));
  CHECK(summary.kolmogorovSmirnovP > 0.005);
}

}  // namespace

TEST_CASE("the hits of 200 seeds follow a binomial distribution around pi/4") {
  std::vector<double> scores;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    scores.push_back(hitScore(best(), seed, {.begin = 0, .end = 1'000'000}));
  }
  checkStandardNormal(scores);
}

TEST_CASE("the hits of neighbouring blocks are independent") {
  std::vector<double> scores;
  for (std::uint64_t block = 0; block < 1'000; ++block) {
    std::uint64_t begin = block * kBlockSamples;
    scores.push_back(hitScore(best(), 1, {.begin = begin, .end = begin + kBlockSamples}));
  }
  checkStandardNormal(scores);
}

TEST_CASE("the draws of neighbouring seeds, blocks and lanes are uncorrelated") {
  std::vector<double> seeds, blocks, lanes, pairs, successive;
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::uint32_t lane = i % kLanes;
    std::vector<double> draws = drawsOf(i, i, lane);
    seeds.push_back(correlationScore(draws, drawsOf(i + 1, i, lane)));
    blocks.push_back(correlationScore(draws, drawsOf(i, i + 1, lane)));
    lanes.push_back(correlationScore(draws, drawsOf(i, i, (lane + 1) % kLanes)));
    pairs.push_back(correlationScore(draws, drawsOf(i, i, (lane + kLanePairs) % kLanes)));
    std::vector<double> next(draws.begin() + 1, draws.end());
    draws.pop_back();
    successive.push_back(correlationScore(draws, next));
  }
  checkStandardNormal(seeds);
  checkStandardNormal(blocks);
  checkStandardNormal(lanes);
  checkStandardNormal(pairs);
  checkStandardNormal(successive);
}

}  // namespace pi::kernels
