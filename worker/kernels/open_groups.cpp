#include "worker/kernels/open_groups.h"

#include <bit>

namespace pi::kernels {
namespace {

Generator generatorOf(const Lanes& lanes, std::uint32_t lane) {
  return {lanes.a[lane], lanes.b[lane], lanes.c[lane], lanes.d[lane]};
}

// The error at one position of a group.
std::uint64_t errorAt(const OpenGroup& group, std::uint32_t position, std::uint64_t seed,
                      std::uint32_t countedBelow) {
  Generator abscissa = generatorOf(group.lanes, position / 2);
  Generator ordinate = generatorOf(group.lanes, kLanePairs + position / 2);
  std::uint32_t shift = 16 * (position % 2);
  std::uint64_t sum = 0;
  for (std::uint32_t step = kGroupSteps; step-- > 0;) {
    Drawn xs = stepBack(abscissa), ys = stepBack(ordinate);
    for (std::uint32_t row = 0; row < kRows; ++row) {
      std::uint32_t x = xs.rows[row] >> shift & 0xFFFF, y = ys.rows[row] >> shift & 0xFFFF;
      std::uint32_t squares = squareSum(x, y);
      if (squares < kOpenSum || squares >= kCircle) continue;
      std::uint64_t sample = group.first + std::uint64_t{step} * kStepSamples +
                             std::uint64_t{row} * kRowSamples + position;
      sum += isHitByAllBits(seed, sample, x, y);
      sum -= squares < countedBelow;
    }
  }
  return sum;
}

}  // namespace

std::uint64_t correction(OpenGroups& open, std::uint64_t seed, std::uint32_t countedBelow) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < open.count; ++i) {
    const OpenGroup& group = open.groups[i];
    for (std::uint64_t left = group.positions; left != 0; left &= left - 1) {
      auto position = static_cast<std::uint32_t>(std::countr_zero(left));
      sum += errorAt(group, position, seed, countedBelow);
    }
  }
  open.count = 0;
  return sum;
}

}  // namespace pi::kernels
