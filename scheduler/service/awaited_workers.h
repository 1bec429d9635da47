// How many workers clients wait for.
#pragma once

#include <cstdint>

#include "common/base/clock.h"

namespace pi::scheduler {

// A client that waits asks again and again; it is forgotten a while after it asked last.  If
// several clients wait, the one that waits for the most workers counts, since all of them can use
// the same workers.
class AwaitedWorkers {
 public:
  // A client waits for so many workers now.
  void note(std::uint64_t workers, Instant now) {
    if (workers < count(now)) return;
    most_ = workers;
    until_ = now + kMemory;
  }
  std::uint64_t count(Instant now) const { return now < until_ ? most_ : 0; }

  static constexpr Duration kMemory = std::chrono::seconds(5);

 private:
  std::uint64_t most_ = 0;
  Instant until_{};
};

}  // namespace pi::scheduler
