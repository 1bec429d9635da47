// Computes how well a job scales, from its times on different numbers of threads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pi::client {

enum class ScalingMode : std::uint8_t {
  kStrong,  // The same samples on every number of threads.
  kWeak,    // The same samples for each thread.
};

// The times in seconds, one for each round, all above zero.
struct ScalingTimes {
  std::uint32_t threads = 1;
  std::vector<double> seconds;
};

struct ScalingRow {
  std::uint32_t threads = 1;
  double seconds = 0;  // The median; the fastest and the slowest round follow.
  double fastest = 0;
  double slowest = 0;
  double speedUp = 1;     // From the medians; in weak scaling for k times the samples.
  double efficiency = 1;  // Speed-up per thread.
};

// The part of the work of one thread that no second thread speeds up.
struct SerialFraction {
  double value = 0;
  double error = 0;  // Standard error.
};

// `times` begins with one thread; each entry has a time for every round.  A row for each entry.
std::vector<ScalingRow> scalingRows(ScalingMode mode, std::span<const ScalingTimes> times);

// Fits the serial fraction s by least squares to each round alone, and takes the mean of the
// rounds. The points of a round share its time on one thread, so only rounds are independent: the
// error is their standard deviation / sqrt(rounds).  Nullopt without two numbers of threads and two
// rounds.
//   strong: speed-up 1 / (s + (1 - s) / k)  (Amdahl, AFIPS Conf. Proc. 30, 1967)
//   weak:   speed-up s + (1 - s) k          (Gustafson, Commun. ACM 31, 1988)
std::optional<SerialFraction> fitSerialFraction(ScalingMode mode,
                                                std::span<const ScalingTimes> times);

// The speed-up on k threads that the law gives for a serial fraction.
double speedUpByLaw(ScalingMode mode, double serialFraction, double threads);

}  // namespace pi::client
