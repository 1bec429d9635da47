// The estimate of pi from counted hits, and its error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/model/convergence_point.h"
#include "common/model/job.h"

namespace pi {

struct Estimate {
  std::uint64_t hits = 0;
  std::uint64_t samples = 0;
  double pi = 0;             // 4 * hits / samples, computed exactly and rounded once.
  double standardError = 0;  // Always above zero.
  double low = 0;            // The 95 % confidence interval, within [0, 4].
  double high = 0;
};

// From the samples counted so far; nullopt before the first.  For the sampler `sobol`, the error
// and the interval of a job with a target error are 1.2 times as large, because such a job ends
// where its error looks small.
std::optional<Estimate> estimate(const JobInfo& job);

// A job with this spec at the point.  The samples in its strata are missing where they are not
// known: the sampler has several strata, and the point is no prefix of the samples.
JobInfo jobAt(const ConvergencePoint& point, const JobSpec& spec);

// The estimate that a job with this spec had at the point; nullopt if its error is not known there.
// The error of `sobol` is known only at prefixes of the samples.
std::optional<Estimate> estimateAt(const ConvergencePoint& point, const JobSpec& spec);

// The digits that the error supports.  The error has one digit, or two if the first is a 1.
struct KnownDigits {
  std::string pi;     // "3.14159": the quotient of integers, rounded once.
  std::string error;  // "0.00002"
  std::string low;    // The ends of the confidence interval, with as many decimals.
  std::string high;
};
KnownDigits knownDigits(const Estimate& estimate);

inline constexpr std::string_view kPlusMinus = "±";
inline constexpr std::string_view kPlusMinusAscii = "+-";  // Where text is not UTF-8.

// "3.14159 ± 0.00002".
std::string knownText(const Estimate& estimate, std::string_view plusMinus = kPlusMinus);

}  // namespace pi
