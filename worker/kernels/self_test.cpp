#include <algorithm>
#include <array>

#include "worker/kernels/kernel.h"

namespace pi::kernels {
namespace {

struct Golden {
  Stream stream;
  SampleRange range;
  Hits hits;
};

constexpr Golden ofRandom(std::uint64_t seed, SampleRange range, std::uint64_t hits) {
  return {.stream = {.seed = seed, .sampler = Sampler::kRandom}, .range = range, .hits = {{hits}}};
}

// From STREAM.md.
constexpr std::array kGolden{
    ofRandom(0, {0, 1 << 17}, 102'829),
    ofRandom(0, {5, 70}, 49),
    ofRandom(0, {1'000, 70'000}, 54'282),
    ofRandom(~std::uint64_t{0}, {0, 1 << 17}, 102'693),
    ofRandom(42, {kSamplesEnd - 100, kSamplesEnd}, 80),
    Golden{
        .stream = {.seed = 7, .sampler = Sampler::kSobol},
        .range = {1'000'003, 1'005'003},
        .hits = {{251, 247, 244, 242, 248, 248, 246, 242, 244, 243, 245, 244, 246, 245, 247, 243}}},
};
static_assert(std::ranges::all_of(kSamplers,
                                  [](Sampler sampler) {
                                    return std::ranges::any_of(
                                        kGolden, [sampler](const Golden& golden) {
                                          return golden.stream.sampler == sampler;
                                        });
                                  }),
              "the self-test has no golden value for a sampler");

}  // namespace

bool answersCorrectly(const Kernel& kernel) {
  return std::ranges::all_of(kGolden, [&kernel](const Golden& golden) {
    return kernel.hitsIn(golden.stream, golden.range) == golden.hits;
  });
}

}  // namespace pi::kernels
