// Times as the live view shows them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/clock.h"

namespace pi::scheduler::live {

// Milliseconds since the scheduler's start.
class Timeline {
 public:
  explicit Timeline(Instant start) : start_(start) {}

  std::int64_t at(Instant time) const {
    auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time - start_);
    return std::max<std::int64_t>(0, since.count());
  }

 private:
  Instant start_;
};

}  // namespace pi::scheduler::live
