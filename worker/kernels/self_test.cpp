#include <algorithm>
#include <array>

#include "worker/kernels/kernel.h"

namespace pi::kernels {
namespace {

struct Golden {
  std::uint64_t seed;
  SampleRange range;
  std::uint64_t hits;
};

constexpr std::array kRandomGolden{
    Golden{.seed = 0, .range = {0, 1 << 17}, .hits = 102'823},
    Golden{.seed = 0, .range = {5, 70}, .hits = 50},
    Golden{.seed = 0, .range = {1'000, 70'000}, .hits = 54'037},
    Golden{.seed = ~std::uint64_t{0}, .range = {0, 1 << 17}, .hits = 102'755},
    Golden{.seed = 42, .range = {kSamplesEnd - 100, kSamplesEnd}, .hits = 80},
};

constexpr SampleRange kSobolRange{1'000'003, 1'005'003};
constexpr Hits kSobolGolden{
    {251, 247, 244, 242, 248, 248, 246, 242, 244, 243, 245, 244, 246, 245, 247, 243}};

}  // namespace

bool answersCorrectly(const Kernel& kernel) {
  return std::ranges::all_of(kRandomGolden,
                             [&kernel](const Golden& golden) {
                               Stream stream{.seed = golden.seed, .sampler = Sampler::kRandom};
                               return kernel.hitsIn(stream, golden.range) == Hits{{golden.hits}};
                             }) &&
         kernel.hitsIn({.seed = 7, .sampler = Sampler::kSobol}, kSobolRange) == kSobolGolden;
}

}  // namespace pi::kernels
