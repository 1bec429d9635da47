// The wait before the next attempt to connect.  It is random, so that many peers do not reconnect
// all at once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/clock.h"

namespace pi {

struct BackoffRange {
  Duration shortest{};
  Duration ceiling{};  // For the first wait.
  Duration longest{};
};

// Not in SECURITY.md: a wait of our own.
inline constexpr Duration kBackoffMin = std::chrono::milliseconds(50);
// Not in SECURITY.md: a wait of our own.
inline constexpr Duration kBackoffMax = std::chrono::seconds(1);
inline constexpr BackoffRange kBackoff{
    .shortest = kBackoffMin, .ceiling = kBackoffMin, .longest = kBackoffMax};

// After a scheduler has answered that it has no place: it must not be busy with refusals.
inline constexpr BackoffRange kRefusedBackoff{.shortest = std::chrono::seconds(1),
                                              .ceiling = std::chrono::seconds(4),
                                              .longest = std::chrono::seconds(15)};

// Exponential backoff with full jitter: uniform between the shortest wait and a ceiling that
// doubles with each failed attempt, up to the longest wait.  `random` is uniform in [0, 1).
inline Duration backoff(std::uint32_t attemptsFailed, double random,
                        const BackoffRange& range = kBackoff) {
  constexpr std::uint32_t kDoublingsMax = 7;  // Then every ceiling exceeds the longest wait.
  Duration ceiling = range.ceiling * (std::int64_t{1} << std::min(attemptsFailed, kDoublingsMax));
  Duration spread = std::min(ceiling, range.longest) - range.shortest;
  double share = std::clamp(random, 0.0, 1.0) * static_cast<double>(spread.count());
  return range.shortest + Duration(static_cast<Duration::rep>(share));
}

}  // namespace pi
