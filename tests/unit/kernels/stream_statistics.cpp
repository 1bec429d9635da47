// The long statistics of the sampler `random`, for scripts/statistics:
//   stream_statistics draws ORDER SEED       writes 32-bit words to stdout until it is closed
//   stream_statistics scores SEEDS SAMPLES   prints statistics of the standard scores of hit counts
// A word is a sample: the abscissa is the low half, the ordinate is the high half.  The orders:
//   samples   all samples of the stream
//   seeds     one sample of each of 16 successive seeds in turn
//   blocks    one sample of each of 16 successive blocks in turn
//   starts    the samples of the first step of every block
//   lanes     no samples but the words of lane 0 in a block, of lane 1, and so on
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/kernels/scores.h"
#include "worker/kernels/random_stream.h"

namespace pi::kernels {
namespace {

using Output = std::vector<std::uint32_t>;
constexpr std::uint64_t kInterleaved = 16;

Output samplesOf(std::uint64_t seed, std::uint64_t block, std::uint32_t steps = kBlockSteps) {
  Output samples;
  Lanes lanes;
  Draws draws;
  startBlock(seed, block, lanes);
  for (std::uint32_t at = 0; at < steps; ++at) {
    step(lanes, draws);
    for (const auto& row : draws.rows) {
      for (std::uint32_t lane = 0; lane < kLanePairs; ++lane) {
        std::uint32_t x = row[lane], y = row[kLanePairs + lane];
        samples.push_back((x & 0xFFFF) | y << 16);
        samples.push_back(x >> 16 | (y & 0xFFFF'0000));
      }
    }
  }
  return samples;
}

Output interleaved(const std::vector<Output>& parts) {
  Output all;
  for (std::size_t i = 0; i < parts[0].size(); ++i) {
    for (const Output& part : parts) all.push_back(part[i]);
  }
  return all;
}

Output ofSeeds(std::uint64_t seed, std::uint64_t block) {
  std::vector<Output> parts;
  for (std::uint64_t i = 0; i < kInterleaved; ++i) parts.push_back(samplesOf(seed + i, block));
  return interleaved(parts);
}

Output ofBlocks(std::uint64_t seed, std::uint64_t number) {
  std::vector<Output> parts;
  for (std::uint64_t i = 0; i < kInterleaved; ++i) {
    parts.push_back(samplesOf(seed, number * kInterleaved + i));
  }
  return interleaved(parts);
}

Output ofLanes(std::uint64_t seed, std::uint64_t block) {
  constexpr std::uint32_t kLaneWords = kRows * kBlockSteps;
  Output words(std::size_t{kLanes} * kLaneWords);
  Lanes lanes;
  Draws draws;
  startBlock(seed, block, lanes);
  for (std::uint32_t at = 0; at < kLaneWords; ++at) {
    if (at % kRows == 0) step(lanes, draws);
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      words[lane * kLaneWords + at] = draws.rows[at % kRows][lane];
    }
  }
  return words;
}

// Part 0, 1, 2, ... of the words in each order.
const std::map<std::string, std::function<Output(std::uint64_t seed, std::uint64_t part)>> kOrders =
    {{"samples", [](auto seed, auto part) { return samplesOf(seed, part); }},
     {"seeds", &ofSeeds},
     {"blocks", &ofBlocks},
     {"starts", [](auto seed, auto part) { return samplesOf(seed, part, 1); }},
     {"lanes", &ofLanes}};

int writeDraws(const std::string& order, std::uint64_t seed) {
  for (std::uint64_t part = 0;; ++part) {
    Output words = kOrders.at(order)(seed, part);
    if (std::fwrite(words.data(), sizeof words[0], words.size(), stdout) != words.size()) return 0;
  }
}

int printScores(std::uint64_t seeds, std::uint64_t samples) {
  std::vector<double> scores;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    scores.push_back(hitScore(best(), seed, {.begin = 0, .end = samples}));
  }
  ScoreSummary summary = summarise(scores);
  std::printf("%llu seeds of %llu samples: mean %.4f (sigma %.4f), variance %.4f (sigma %.4f), ",
              static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(samples),
              summary.mean, 1 / std::sqrt(static_cast<double>(seeds)), summary.variance,
              std::sqrt(2 / static_cast<double>(seeds)));
  std::printf("Kolmogorov-Smirnov p %.4f, neighbouring seeds' correlation %.4f (sigma %.4f)\n",
              summary.kolmogorovSmirnovP, summary.neighbourCorrelation,
              1 / std::sqrt(static_cast<double>(seeds)));
  return 0;
}

}  // namespace
}  // namespace pi::kernels

int main(int argc, char** argv) {
  std::string command = argc > 1 ? argv[1] : "";
  auto number = [argv](int i) { return std::strtoull(argv[i], nullptr, 10); };
  if (argc == 4 && command == "draws" && pi::kernels::kOrders.contains(argv[2])) {
    return pi::kernels::writeDraws(argv[2], number(3));
  }
  if (argc == 4 && command == "scores") return pi::kernels::printScores(number(2), number(3));
  std::fputs(
      "usage: stream_statistics draws (samples|seeds|blocks|starts|lanes) SEED | scores SEEDS "
      "SAMPLES\n",
      stderr);
  return 2;
}
