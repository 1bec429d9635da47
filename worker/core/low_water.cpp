#include "worker/core/low_water.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "common/model/limits.h"
#include "common/model/sample_range.h"
#include "worker/core/limits.h"

namespace pi::worker {
namespace {

constexpr int kSmoothing = 4;  // The latest measurement moves the estimate by a quarter.

// A speed that differs by more is taken over at once: the ragged end of a range is counted sample
// by sample, and the blocks of the same lease much faster.
constexpr double kJump = 16;

// The time of a shorter span is too uncertain.
// Not in SECURITY.md: it is about measurements of our own.
constexpr Duration kSpanMin = std::chrono::milliseconds(1);

}  // namespace

void LowWater::noteRoundTrip(Duration measured) {
  measured = std::clamp(measured, Duration::zero(), kRoundTripMax);
  roundTrip_ = roundTrip_ ? *roundTrip_ + (measured - *roundTrip_) / kSmoothing : measured;
}

void LowWater::noteSpan(const Lease& lease, std::uint64_t samples, Duration busy) {
  if (busy < kSpanMin) return;
  if (speeds_.size() >= kSpeedsMax) speeds_.clear();
  double& speed = speeds_.try_emplace(kindOf(lease), firstSpeed_).first->second;
  double latest = static_cast<double>(samples) / seconds(busy);
  bool isJump = latest > kJump * speed || latest < speed / kJump;
  speed += (latest - speed) / (isJump ? 1 : kSmoothing);
}

std::uint64_t LowWater::mark() const {
  auto known = speeds_.find(latest_);
  double speed = known == speeds_.end() ? firstSpeed_ : known->second;
  double samples = seconds(prefetch_ + roundTrip()) * speed;
  return static_cast<std::uint64_t>(std::min(samples, static_cast<double>(kSamplesEnd)));
}

std::optional<std::uint64_t> LowWater::takeChange() {
  std::uint64_t now = mark();
  std::uint64_t change = std::max(now, taken_) - std::min(now, taken_);
  if (change <= taken_ / 8) return std::nullopt;
  return taken_ = now;
}

void LowWater::checkInvariants() const {
  for (const auto& [kind, speed] : speeds_) {
    PI_CHECK(speed > 0);
    PI_CHECK(std::isfinite(speed));
  }
  PI_CHECK(speeds_.size() <= kSpeedsMax);
  PI_CHECK(prefetch_ >= Duration::zero());
  PI_CHECK(roundTrip() >= Duration::zero());
  PI_CHECK(roundTrip() <= kRoundTripMax);
}

}  // namespace pi::worker
