#include "scheduler/core/hit_bounds.h"

#include <cmath>
#include <numbers>

namespace pi::scheduler {
namespace {

constexpr double kHitShare = std::numbers::pi / 4;

// hits - samples * pi/4.  The two may agree in more digits than a double has.
double excessOf(std::uint64_t hits, std::uint64_t samples) {
  __extension__ using Wide = __int128;
  constexpr std::uint64_t kHitShareFixed = 0xC90F'DAA2'2168'C234u;  // pi/4 * 2^64
  Wide excess = (static_cast<Wide>(hits) << 64) - static_cast<Wide>(samples) * kHitShareFixed;
  return std::ldexp(static_cast<double>(excess), -64);
}

// count * ln(1 + change), where a count of zero makes zero.
double weighted(std::uint64_t count, double change) {
  return count == 0 ? 0 : static_cast<double>(count) * std::log1p(change);
}

}  // namespace

// log1p keeps the digits: both terms are nearly +-excess, and only their small sum counts.
double surpriseOf(std::uint64_t hits, std::uint64_t samples) {
  auto size = static_cast<double>(samples);
  double excess = excessOf(hits, samples);
  return weighted(hits, excess / (size * kHitShare)) +
         weighted(samples - hits, -excess / (size * (1 - kHitShare)));
}

bool canSobolHave(const Tally& tally) {
  std::size_t strata = strataCount(Sampler::kSobol);
  for (std::size_t i = 0; i < strata; ++i) {
    std::uint64_t points = stratumSize(tally.range, i, strata);
    double most = 15 * std::sqrt(static_cast<double>(points));
    if (std::abs(excessOf(tally.hits.strata[i], points)) > most) return false;
  }
  return true;
}

}  // namespace pi::scheduler
