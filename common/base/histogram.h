// Counts durations by their lengths.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/check.h"
#include "common/base/clock.h"

namespace pi {

class Histogram {
 public:
  // `bounds` rise.  A duration belongs to the first bound that it does not exceed, or to none.
  explicit Histogram(std::vector<Duration> bounds)
      : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {
    PI_CHECK(std::ranges::is_sorted(bounds_));
  }

  void add(Duration duration) {
    auto bound = std::ranges::lower_bound(bounds_, duration);
    ++counts_[static_cast<std::size_t>(bound - bounds_.begin())];
    ++count_;
    sum_ += duration;
  }

  const std::vector<Duration>& bounds() const { return bounds_; }
  // For each bound, and last for the durations above all bounds.
  const std::vector<std::uint64_t>& counts() const { return counts_; }
  std::uint64_t count() const { return count_; }
  Duration sum() const { return sum_; }

 private:
  std::vector<Duration> bounds_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  Duration sum_{};
};

}  // namespace pi
