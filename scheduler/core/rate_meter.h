// A rate over the last few seconds.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "common/base/check.h"
#include "common/base/clock.h"

namespace pi::scheduler {

// Amounts that arrive in lumps.  The law: weighted_ is the sum of all amounts, each times exp(-age
// / kWindow) with its age at last_, the time of the last one.
class RateMeter {
 public:
  static constexpr Duration kWindow = std::chrono::seconds(3);

  explicit RateMeter(Instant start) : start_(start), last_(start) {}

  void add(std::uint64_t amount, Instant now) {
    weighted_ = weighted_ * decay(now - last_) + static_cast<double>(amount);
    last_ = now;
  }

  // Per second.  Corrected for a start that is less than a few windows ago.
  double perSecond(Instant now) const {
    constexpr double kCoveredMin = 1e-3;  // Right after the start the rate would be arbitrary.
    double covered = seconds(kWindow) * (1 - decay(now - start_));
    return weighted_ * decay(now - last_) / std::max(covered, kCoveredMin);
  }

  void checkInvariants() const {
    PI_CHECK(start_ <= last_);
    PI_CHECK(weighted_ >= 0);
    PI_CHECK(std::isfinite(weighted_));
  }

 private:
  static double decay(Duration age) { return std::exp(-seconds(age) / seconds(kWindow)); }

  Instant start_;
  Instant last_;
  double weighted_ = 0;
};

}  // namespace pi::scheduler
