// A limit on how often something is done, such as a log line that a peer can cause.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "common/base/clock.h"

namespace pi {

class RateLimit {
 public:
  explicit RateLimit(std::uint64_t most, Duration period = std::chrono::seconds(1))
      : most_(most), period_(period) {}

  // Whether once more is within the limit at that time.
  bool allows(Instant now) {
    if (now - windowStart_ >= period_) {
      windowStart_ = now;
      used_ = 0;
    }
    if (used_ < most_) {
      ++used_;
      return true;
    }
    ++suppressed_;
    return false;
  }

  // How often it said no since this was last asked, for the end of a log line; empty if never.
  std::string takeNote() {
    std::uint64_t count = std::exchange(suppressed_, 0);
    return count == 0 ? "" : " (" + std::to_string(count) + " lines like this left out)";
  }

 private:
  std::uint64_t most_;  // In a period.
  Duration period_;
  Instant windowStart_{};
  std::uint64_t used_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace pi
