// The types for time.  The cores get the time as an argument and never read a clock.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>

namespace pi {

using Duration = std::chrono::nanoseconds;
// Monotonic time.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// Calendar time, for data that outlives a process.  It may jump forwards and back.
using WallTime = std::chrono::sys_time<Duration>;

// The earliest of the given times; nullopt if there is none.
inline std::optional<Instant> earliest(std::initializer_list<std::optional<Instant>> times) {
  std::optional<Instant> first;
  for (std::optional<Instant> time : times) {
    if (time && (!first || *time < *first)) first = time;
  }
  return first;
}

inline double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace pi
