// Points in time: monotonic as the cores see them, and always an argument, never read here.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>

namespace pi {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// What the calendar says, for what outlives a process.  It may jump, back too.
using WallTime = std::chrono::sys_time<Duration>;

// The first of those that there are.
inline std::optional<Instant> earliest(std::initializer_list<std::optional<Instant>> times) {
  std::optional<Instant> first;
  for (std::optional<Instant> time : times) {
    if (time && (!first || *time < *first)) first = time;
  }
  return first;
}

inline double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace pi
