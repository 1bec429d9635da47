// Limits how often something is done, for example writing a log line that a peer can trigger.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "common/base/clock.h"

namespace pi {

class RateLimit {
 public:
  explicit RateLimit(std::uint64_t limit, Duration period = std::chrono::seconds(1))
      : limit_(limit), period_(period) {}

  // Whether one more is within the limit of the current period; if so, counts it.
  bool allows(Instant now) {
    if (now - windowStart_ >= period_) {
      windowStart_ = now;
      used_ = 0;
    }
    if (used_ < limit_) {
      ++used_;
      return true;
    }
    ++suppressed_;
    return false;
  }

  // For the end of a log line: how many were refused since the last call; empty if none was.
  std::string takeNote() {
    std::uint64_t count = std::exchange(suppressed_, 0);
    return count == 0 ? "" : " (" + std::to_string(count) + " lines like this left out)";
  }

 private:
  std::uint64_t limit_;  // Per period.
  Duration period_;
  Instant windowStart_{};
  std::uint64_t used_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace pi
