// Numbers as people write and read them: counts, seeds, durations, rates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace pi {

// Counts are in [1, 2^63), so that the sum of two never overflows.
inline constexpr std::uint64_t kCountEnd = std::uint64_t{1} << 63;

// A value, or one sentence for the user that says what is wrong and what to write instead.
template <typename T>
struct Parsed {
  std::optional<T> value{};
  std::string error{};  // Empty exactly when there is a value.
};

// A count in [1, 2^63), written 1000, 1_000_000, 1e9, 2.5e6 or 10k, 10M, 10G, 10T (k = 1000).
// The value is exact: floating point is not used.  `things` names the counted things in the error.
Parsed<std::uint64_t> parseCount(std::string_view text, std::string_view things = "samples");

// A seed in [0, 2^64), written like a count.
Parsed<std::uint64_t> parseSeed(std::string_view text);

// A whole number of plain digits in [low, high], such as a port or a number of threads.
Parsed<std::uint64_t> parseWhole(std::string_view text, std::uint64_t low, std::uint64_t high);

// A signed priority in [-2^31, 2^31).
Parsed<std::int32_t> parsePriority(std::string_view text);

// Written 90s, 1h30m, 2d, 0.5ms, 20us, plain seconds (fractions too), or as batch systems do:
// 30:00, 01:30:00, 1-12:00:00.  At most 36500 days; rounded down to whole nanoseconds.
Parsed<Duration> parseDuration(std::string_view text);

// "12_345_678"; or "1e9" and "2.5e12" for a large count with at most three significant digits.
// parseCount reads it back.
std::string countText(std::uint64_t count);

// "1 thread", "2 threads", "1e9 samples".
std::string countText(std::uint64_t count, std::string_view thing);

// With three significant digits: "6.43 G samples/s".
std::string rateText(std::uint64_t samplesPerSecond);

// With one or two units: "350 ms", "2.4 s", "42 s", "3m 05s", "1h 03m", "2d 04h".  A negative
// duration is "0 s".
std::string durationText(Duration duration);

}  // namespace pi
