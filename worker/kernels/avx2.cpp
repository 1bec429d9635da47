// AVX2.  Computes eight lane pairs at a time.
#if defined(__x86_64__)

#include <immintrin.h>

#include "worker/kernels/random_kernel.h"
#include "worker/kernels/sobol.h"

#define PI_TARGET gnu::target("avx2,popcnt")

namespace pi::kernels {
namespace {

typedef std::uint32_t Vector [[gnu::vector_size(32)]];
constexpr std::uint32_t kWidth = 8;

template <typename Wide>
[[PI_TARGET, gnu::always_inline]] inline __m256i product(const Wide& low, std::uint32_t factor) {
  return _mm256_mul_epu32(__m256i(low), _mm256_set1_epi64x(factor));
}

template <typename Wide>
[[PI_TARGET, gnu::always_inline]] inline __m256i square(const Wide& low) {
  return _mm256_mul_epu32(__m256i(low), __m256i(low));
}

using Averages = __m256i;
using Misses = std::uint64_t;

[[PI_TARGET, gnu::always_inline]] inline Averages average(Vector x, Vector y) {
  return _mm256_avg_epu16(_mm256_mulhi_epu16(__m256i(x), __m256i(x)),
                          _mm256_mulhi_epu16(__m256i(y), __m256i(y)));
}

[[PI_TARGET, gnu::always_inline]] inline Averages greatestAverages() {
  return _mm256_set1_epi16(0x7FFF);
}

[[PI_TARGET, gnu::always_inline]] inline Averages lower(Averages least, Averages next) {
  return _mm256_min_epi16(least, _mm256_add_epi16(next, _mm256_set1_epi16(kOpenOffset)));
}

// Packing to bytes keeps the sign bits.
[[PI_TARGET, gnu::always_inline]] inline void count(Averages first, Averages second,
                                                    Misses& misses) {
  int signs = _mm256_movemask_epi8(_mm256_packs_epi16(first, second));
  misses += static_cast<std::uint32_t>(_mm_popcnt_u32(static_cast<std::uint32_t>(signs)));
}

[[PI_TARGET, gnu::always_inline]] inline std::uint64_t total(Misses misses) { return misses; }

[[PI_TARGET, gnu::always_inline]] inline __m256i isOpen(Averages least) {
  return _mm256_cmpgt_epi16(_mm256_set1_epi16(kOpenEnd), least);
}

[[PI_TARGET, gnu::always_inline]] inline bool isAnyOpen(Averages least) {
  return _mm256_movemask_epi8(isOpen(least)) != 0;
}

// Bit i is set if word i is less than kOpenEnd.
[[PI_TARGET, gnu::always_inline]] inline std::uint64_t openPositions(Averages least) {
  __m256i open = isOpen(least);
  __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(open), _mm256_extracti128_si256(open, 1));
  return static_cast<std::uint64_t>(_mm_movemask_epi8(bytes));
}

}  // namespace
}  // namespace pi::kernels

#include "worker/kernels/narrow_vectors.h"
#include "worker/kernels/net_walk.h"

namespace pi::kernels {

constinit const RandomKernel kAvx2Random{.start = &start, .run = &run};
constinit const WalkNet kAvx2WalkNet = &walkNet;

}  // namespace pi::kernels

#endif
