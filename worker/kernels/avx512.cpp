// AVX-512 F and BW.  Computes all 64 lanes at once, in four vectors.
#if defined(__x86_64__)

#include <immintrin.h>

#include <bit>

#include "worker/kernels/random_kernel.h"
#include "worker/kernels/sobol.h"

#define PI_TARGET gnu::target("avx512f,avx512bw,popcnt")

namespace pi::kernels {
namespace {

typedef std::uint32_t Vector [[gnu::vector_size(64)]];
constexpr std::uint32_t kWidth = 16;
template <typename Wide>
[[PI_TARGET, gnu::always_inline]] inline __m512i product(const Wide& low, std::uint32_t factor) {
  // The masked form with a full mask: for the other one g++ 12 warns of an uninitialised value.
  return _mm512_maskz_mul_epu32(0xFF, __m512i(low), _mm512_set1_epi64(factor));
}

template <typename Wide>
[[PI_TARGET, gnu::always_inline]] inline __m512i square(const Wide& low) {
  return _mm512_maskz_mul_epu32(0xFF, __m512i(low), __m512i(low));
}

}  // namespace
}  // namespace pi::kernels

#include "worker/kernels/net_walk.h"
#include "worker/kernels/vectors.h"

namespace pi::kernels {
namespace {

// Returns the number of misses, and updates the largest sum of squares, modulo 2^16, at each
// position.  A sum below one of its terms has wrapped around: a miss.
[[PI_TARGET, gnu::always_inline]] inline std::uint64_t misses(Vector x, Vector y, __m512i& most) {
  __m512i xx = _mm512_mulhi_epu16(__m512i(x), __m512i(x));
  __m512i sum = _mm512_add_epi16(xx, _mm512_mulhi_epu16(__m512i(y), __m512i(y)));
  most = _mm512_max_epu16(most, sum);
  return static_cast<std::uint64_t>(std::popcount(_mm512_cmplt_epu16_mask(sum, xx)));
}

[[PI_TARGET]] std::uint64_t run(Lanes& lanes, std::uint64_t seed, std::uint64_t first,
                                std::uint32_t steps, OpenGroups& open) {
  Generators x0, x1, y0, y1;
  load(lanes, 0, x0);
  load(lanes, kWidth, x1);
  load(lanes, kLanePairs, y0);
  load(lanes, kLanePairs + kWidth, y1);
  std::uint64_t hits = std::uint64_t{steps} * kStepSamples;
  const __m512i openSum = _mm512_set1_epi16(static_cast<std::int16_t>(kOpenSum));
  for (std::uint32_t at = 0; at < steps;) {
    OpenGroup* group = open.groups;
    while (at < steps && group != std::end(open.groups)) {
      __m512i most0 = _mm512_setzero_si512(), most1 = most0;
      for (std::uint32_t i = 0; i < kGroupSteps; ++i) {
        // Each part of a step is done for all vectors before the next one: so the ports are busier.
        rotate(x0), rotate(x1), rotate(y0), rotate(y1);
        mix(x0), mix(x1), mix(y0), mix(y1);
        add(x0), add(x1), add(y0), add(y1);
        hits -= misses(x0.d, y0.d, most0) + misses(x1.d, y1.d, most1);
        hits -= misses(x0.second, y0.second, most0) + misses(x1.second, y1.second, most1);
      }
      if (_mm512_cmpge_epu16_mask(_mm512_max_epu16(most0, most1), openSum) != 0) [[unlikely]] {
        store(x0, group->lanes, 0), store(x1, group->lanes, kWidth);
        store(y0, group->lanes, kLanePairs), store(y1, group->lanes, kLanePairs + kWidth);
        group->first = first + std::uint64_t{at} * kStepSamples;
        group->positions = std::uint64_t{_mm512_cmpge_epu16_mask(most1, openSum)} << 32 |
                           _mm512_cmpge_epu16_mask(most0, openSum);
        ++group;
      }
      at += kGroupSteps;
    }
    open.count = static_cast<std::uint32_t>(group - open.groups);
    hits += correction(open, seed, kCircle);
  }
  store(x0, lanes, 0);
  store(x1, lanes, kWidth);
  store(y0, lanes, kLanePairs);
  store(y1, lanes, kLanePairs + kWidth);
  return hits;
}

}  // namespace

constinit const RandomKernel kAvx512Random{.start = &start, .run = &run};
constinit const WalkNet kAvx512WalkNet = &walkNet;

}  // namespace pi::kernels

#endif
