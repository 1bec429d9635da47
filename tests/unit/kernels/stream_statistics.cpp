// The long statistics of the sampler `random`, for scripts/statistics:
//   stream_statistics draws (steps|lanes) SEED        writes 32-bit draws to stdout until it is
//   closed stream_statistics scores SEEDS SAMPLES            prints statistics of the z-scores of
//   hit counts
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "tests/unit/kernels/scores.h"
#include "worker/kernels/random_stream.h"

namespace pi::kernels {
namespace {

// Writes the draws of every block: step by step, as the samples use them, or lane by lane, which
// shows correlations of successive draws of one generator.
int writeDraws(bool isByLane, std::uint64_t seed) {
  std::vector<std::uint32_t> draws(kBlockSteps * kLanes);
  Lanes lanes;
  for (std::uint64_t block = 0;; ++block) {
    startBlock(seed, block, lanes);
    for (std::size_t at = 0; at < kBlockSteps; ++at) {
      step(lanes);
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        draws[isByLane ? lane * kBlockSteps + at : at * kLanes + lane] = lanes.d[lane];
      }
    }
    if (std::fwrite(draws.data(), sizeof draws[0], draws.size(), stdout) != draws.size()) return 0;
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
  std::string_view command = argc > 1 ? argv[1] : "";
  auto number = [argv](int i) { return std::strtoull(argv[i], nullptr, 10); };
  if (argc == 4 && command == "draws") {
    return pi::kernels::writeDraws(std::string_view(argv[2]) == "lanes", number(3));
  }
  if (argc == 4 && command == "scores") return pi::kernels::printScores(number(2), number(3));
  std::fputs("usage: stream_statistics draws (steps|lanes) SEED | scores SEEDS SAMPLES\n", stderr);
  return 2;
}
