// Standard scores of hit counts, and statistics of many scores: they show whether hit counts
// scatter as they should.
#pragma once

#include <vector>

#include "worker/kernels/kernel.h"

namespace pi::kernels {

// The hits of a range, of the sampler `random`, minus their expectation, in standard deviations.
double hitScore(const Kernel& kernel, std::uint64_t seed, SampleRange range);

struct ScoreSummary {
  double mean = 0;      // Should be 0, within 1 / sqrt(n).
  double variance = 0;  // Should be 1, within sqrt(2 / n).
  // The probability of a distance from the normal distribution that is at least as large.
  double kolmogorovSmirnovP = 0;
  // The correlation of each score with the next.  Should be 0, within 1 / sqrt(n).
  double neighbourCorrelation = 0;
};

ScoreSummary summarise(std::vector<double> scores);

}  // namespace pi::kernels
