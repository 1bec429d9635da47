// The estimate of pi from counted hits, and its error.
#pragma once

#include <optional>
#include <string>

#include "common/model/job.h"

namespace pi {

struct Estimate {
  double pi = 0;             // 4 * hits / samples, computed exactly and rounded once.
  double standardError = 0;  // Always above zero.
  double low = 0;            // The 95 % confidence interval, within [0, 4].
  double high = 0;
};

// From the samples counted so far; nullopt before the first.
std::optional<Estimate> estimate(const JobInfo& job);

// The digits that the error supports.  The error has one digit, or two if the first is a 1.
struct KnownDigits {
  std::string pi;     // "3.14159"
  std::string error;  // "0.00002"
};
KnownDigits knownDigits(const Estimate& estimate);

// "3.14159 ± 0.00002", in UTF-8.
std::string knownText(const Estimate& estimate);

}  // namespace pi
