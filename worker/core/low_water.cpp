#include "worker/core/low_water.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "common/model/limits.h"
#include "common/model/sample_range.h"

namespace pi::worker {
namespace {

constexpr int kSmoothing = 4;  // The latest measurement moves the estimate by a quarter.

constexpr double kOtherKind = 16;

// The time of a shorter span is too uncertain.
constexpr Duration kSpanMin = std::chrono::milliseconds(1);

}  // namespace

void LowWater::noteRoundTrip(Duration measured) {
  measured = std::clamp(measured, Duration::zero(), kRoundTripMax);
  roundTrip_ = roundTrip_ ? *roundTrip_ + (measured - *roundTrip_) / kSmoothing : measured;
}

void LowWater::noteSpan(std::uint64_t samples, Duration busy) {
  if (busy < kSpanMin) return;
  double latest = static_cast<double>(samples) / seconds(busy);
  // Work of another kind may be counted millions of times faster.
  bool isOther = latest > kOtherKind * samplesPerSecond_ || latest < samplesPerSecond_ / kOtherKind;
  samplesPerSecond_ += (latest - samplesPerSecond_) / (isOther ? 1 : kSmoothing);
}

std::uint64_t LowWater::mark() const {
  double samples = seconds(prefetch_ + roundTrip()) * samplesPerSecond_;
  return static_cast<std::uint64_t>(std::min(samples, static_cast<double>(kSamplesEnd)));
}

std::optional<std::uint64_t> LowWater::takeChange() {
  std::uint64_t now = mark();
  std::uint64_t change = std::max(now, taken_) - std::min(now, taken_);
  if (change <= taken_ / 8) return std::nullopt;
  return taken_ = now;
}

void LowWater::checkInvariants() const {
  PI_CHECK(samplesPerSecond_ > 0);
  PI_CHECK(std::isfinite(samplesPerSecond_));
  PI_CHECK(prefetch_ >= Duration::zero());
  PI_CHECK(roundTrip() >= Duration::zero());
  PI_CHECK(roundTrip() <= kRoundTripMax);
}

}  // namespace pi::worker
