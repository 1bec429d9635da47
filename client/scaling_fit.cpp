#include "client/scaling_fit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace pi::client {
namespace {

double median(std::vector<double> values) {
  std::ranges::sort(values);
  std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double speedUp(ScalingMode mode, std::uint32_t threads, double onOne, double onAll) {
  return (mode == ScalingMode::kWeak ? threads : 1) * onOne / onAll;
}

// Both laws are lines through the origin, y = s x.
struct Point {
  double x = 0;
  double y = 0;
};

Point pointOf(ScalingMode mode, double threads, double speedUp) {
  if (mode == ScalingMode::kWeak) return {.x = threads - 1, .y = threads - speedUp};
  return {.x = 1 - 1 / threads, .y = 1 / speedUp - 1 / threads};
}

// By least squares; `times` has entries for more than one thread.
double fractionOfRound(ScalingMode mode, std::span<const ScalingTimes> times, std::size_t round) {
  double xx = 0, xy = 0;
  for (const ScalingTimes& each : times.subspan(1)) {
    double measured =
        speedUp(mode, each.threads, times.front().seconds[round], each.seconds[round]);
    Point point = pointOf(mode, each.threads, measured);
    xx += point.x * point.x;
    xy += point.x * point.y;
  }
  return xy / xx;
}

}  // namespace

std::vector<ScalingRow> scalingRows(ScalingMode mode, std::span<const ScalingTimes> times) {
  std::vector<ScalingRow> rows;
  rows.reserve(times.size());
  for (const ScalingTimes& each : times) {
    ScalingRow row{.threads = each.threads, .seconds = median(each.seconds)};
    auto [fastest, slowest] = std::ranges::minmax(each.seconds);
    row.fastest = fastest;
    row.slowest = slowest;
    double onOne = rows.empty() ? row.seconds : rows.front().seconds;
    row.speedUp = speedUp(mode, each.threads, onOne, row.seconds);
    row.efficiency = row.speedUp / each.threads;
    rows.push_back(row);
  }
  return rows;
}

std::optional<SerialFraction> fitSerialFraction(ScalingMode mode,
                                                std::span<const ScalingTimes> times) {
  const std::size_t rounds = times.front().seconds.size();
  if (times.size() < 2 || rounds < 2) return std::nullopt;
  std::vector<double> fractions;
  for (std::size_t round = 0; round < rounds; ++round) {
    fractions.push_back(fractionOfRound(mode, times, round));
  }
  auto count = static_cast<double>(rounds);
  double mean = std::accumulate(fractions.begin(), fractions.end(), 0.0) / count, squares = 0;
  for (double fraction : fractions) squares += (fraction - mean) * (fraction - mean);
  return SerialFraction{.value = mean, .error = std::sqrt(squares / (count - 1) / count)};
}

double speedUpByLaw(ScalingMode mode, double serialFraction, double threads) {
  if (mode == ScalingMode::kWeak) return serialFraction + (1 - serialFraction) * threads;
  return 1 / (serialFraction + (1 - serialFraction) / threads);
}

}  // namespace pi::client
