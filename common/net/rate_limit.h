// A limit on how often something is done, such as a log line that a peer can cause.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "common/base/clock.h"

namespace pi::net {

class RateLimit {
 public:
  explicit RateLimit(std::uint64_t perSecond) : perSecond_(perSecond) {}

  // Whether once more is within the limit at that time.
  bool allows(Instant now) {
    if (now - windowStart_ >= std::chrono::seconds(1)) {
      windowStart_ = now;
      used_ = 0;
    }
    if (used_ < perSecond_) {
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
  std::uint64_t perSecond_;
  Instant windowStart_{};
  std::uint64_t used_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace pi::net
