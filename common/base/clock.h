// Points in time as the cores see them: monotonic, and always an argument, never read here.
#pragma once

#include <chrono>

namespace pi {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

inline double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace pi
