// Whether hit counts scatter as they should: standard scores, and what is known of many of them.
#pragma once

#include <vector>

#include "worker/kernels/kernel.h"

namespace pi::kernels {

// By how many standard deviations the random sampler's hits of a range exceed their expectation.
double hitScore(const Kernel& kernel, std::uint64_t seed, SampleRange range);

struct ScoreSummary {
  double mean = 0;                // Should be 0, within 1 / sqrt(n).
  double variance = 0;            // Should be 1, within sqrt(2 / n).
  double kolmogorovSmirnovP = 0;  // The chance of a distance as large from the normal distribution.
  double neighbourCorrelation = 0;  // Of each score with the next; should be 0, within 1 / sqrt(n).
};

ScoreSummary summarise(std::vector<double> scores);

}  // namespace pi::kernels
