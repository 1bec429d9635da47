#include "common/net/loop/clock.h"

#include <ctime>

namespace pi::net {

Instant now() { return std::chrono::steady_clock::now(); }

WallTime wallNow() { return std::chrono::system_clock::now(); }

Duration threadCpuTime() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);  // Cannot fail.
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace pi::net
