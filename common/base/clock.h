// Points in time: monotonic as the cores see them, and always an argument, never read here.
#pragma once

#include <chrono>

namespace pi {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// What the calendar says, for what outlives a process.  It may jump, back too.
using WallTime = std::chrono::sys_time<Duration>;

inline double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace pi
