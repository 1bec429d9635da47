// Decides when to ask for the next lease: so early that no thread waits for it.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/clock.h"

namespace pi::worker {

// The law: mark() is the number of samples that the threads compute in the prefetch time and one
// round trip, by the speed of their latest spans.
class LowWater {
 public:
  // `samplesPerSecond`: the speed until a span was computed, above zero.
  explicit LowWater(std::uint64_t samplesPerSecond)
      : samplesPerSecond_(static_cast<double>(samplesPerSecond)) {}

  void setPrefetch(Duration prefetch) { prefetch_ = prefetch; }
  // The scheduler took this long to answer a call that it answers at once.
  void noteRoundTrip(Duration measured);
  // The threads together computed a span in this time.
  void noteSpan(std::uint64_t samples, Duration busy);

  // The smoothed time of the latest calls.  Zero before the first.
  Duration roundTrip() const { return roundTrip_.value_or(Duration::zero()); }

  std::uint64_t mark() const;
  // The mark, if it has changed much since this function returned one last.
  std::optional<std::uint64_t> takeChange();

  void checkInvariants() const;

 private:
  Duration prefetch_{};
  std::optional<Duration> roundTrip_;
  double samplesPerSecond_;
  std::uint64_t taken_ = 0;
};

}  // namespace pi::worker
