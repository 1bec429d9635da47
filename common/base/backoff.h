// The wait before the next attempt to connect.  It is random, so that many peers do not reconnect
// all at once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/clock.h"

namespace pi {

inline constexpr Duration kBackoffMin = std::chrono::milliseconds(50);
inline constexpr Duration kBackoffMax = std::chrono::seconds(1);

// Exponential backoff with full jitter: uniform between kBackoffMin and a ceiling that doubles with
// each failed attempt, up to kBackoffMax.  `random` is uniform in [0, 1).
inline Duration backoff(std::uint32_t attemptsFailed, double random) {
  constexpr std::uint32_t kDoublingsMax = 7;  // 50 ms * 2^7 exceeds kBackoffMax.
  Duration ceiling = kBackoffMin * (std::int64_t{1} << std::min(attemptsFailed, kDoublingsMax));
  Duration spread = std::min(ceiling, kBackoffMax) - kBackoffMin;
  double share = std::clamp(random, 0.0, 1.0) * static_cast<double>(spread.count());
  return kBackoffMin + Duration(static_cast<Duration::rep>(share));
}

}  // namespace pi
