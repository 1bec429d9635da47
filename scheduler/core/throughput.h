// How fast one job was computed, over its time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/clock.h"

namespace pi::scheduler {

// Counts samples in parts of time of the same width.  When there are `max` parts, two become one,
// so the resolution halves as the job gets longer.  Time is that since the job's submission,
// without the time between ends and extensions.  The law: the parts add up to what was added.
class Throughput {
 public:
  static constexpr Duration kWidthMin = std::chrono::milliseconds(250);

  // `max` is at least 2.
  explicit Throughput(std::size_t max);

  // So many samples were counted at this time, which never falls.  Takes constant time, amortised.
  void add(std::uint64_t samples, Duration elapsed);
  // Two parts become one.
  void halve();

  // Part i has what was counted in (begin + i * width, begin + (i + 1) * width].
  Duration begin() const { return begin_; }
  Duration width() const { return width_; }
  const std::vector<std::uint64_t>& parts() const { return parts_; }
  std::uint64_t total() const { return total_; }
  // The memory that it takes, in numbers of 8 bytes.
  std::size_t numbers() const { return parts_.size(); }

  void checkInvariants() const;

 private:
  std::size_t max_;
  Duration begin_{};
  Duration width_ = kWidthMin;
  std::vector<std::uint64_t> parts_;
  std::uint64_t total_ = 0;
};

}  // namespace pi::scheduler
