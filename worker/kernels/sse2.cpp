// SSE2, which every x86-64 CPU has.  Computes four lane pairs at a time.
#if defined(__x86_64__)

#include <immintrin.h>

#include "worker/kernels/random_kernel.h"
#include "worker/kernels/sobol.h"

#define PI_TARGET gnu::target("sse2")

namespace pi::kernels {
namespace {

typedef std::uint32_t Vector [[gnu::vector_size(16)]];
constexpr std::uint32_t kWidth = 4;

template <typename Wide>
[[PI_TARGET, gnu::always_inline]] inline __m128i product(const Wide& low, std::uint32_t factor) {
  return _mm_mul_epu32(__m128i(low), _mm_set1_epi64x(factor));
}

template <typename Wide>
[[PI_TARGET, gnu::always_inline]] inline __m128i square(const Wide& low) {
  return _mm_mul_epu32(__m128i(low), __m128i(low));
}

using Averages = __m128i;
struct Misses {
  __m128i words;  // At most kRows * kBlockSteps in each: 16 bits are enough.
};

[[PI_TARGET, gnu::always_inline]] inline Averages average(Vector x, Vector y) {
  return _mm_avg_epu16(_mm_mulhi_epu16(__m128i(x), __m128i(x)),
                       _mm_mulhi_epu16(__m128i(y), __m128i(y)));
}

[[PI_TARGET, gnu::always_inline]] inline Averages greatestAverages() {
  return _mm_set1_epi16(0x7FFF);
}

[[PI_TARGET, gnu::always_inline]] inline Averages lower(Averages least, Averages next) {
  return _mm_min_epi16(least, _mm_add_epi16(next, _mm_set1_epi16(kOpenOffset)));
}

[[PI_TARGET, gnu::always_inline]] inline void count(Averages first, Averages second,
                                                    Misses& misses) {
  misses.words = _mm_add_epi16(misses.words, _mm_srli_epi16(first, 15));
  misses.words = _mm_add_epi16(misses.words, _mm_srli_epi16(second, 15));
}

[[PI_TARGET, gnu::always_inline]] inline std::uint64_t total(const Misses& misses) {
  std::uint16_t words[2 * kWidth];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(words), misses.words);
  std::uint64_t sum = 0;
  for (std::uint16_t word : words) sum += word;
  return sum;
}

[[PI_TARGET, gnu::always_inline]] inline __m128i isOpen(Averages least) {
  return _mm_cmpgt_epi16(_mm_set1_epi16(kOpenEnd), least);
}

[[PI_TARGET, gnu::always_inline]] inline bool isAnyOpen(Averages least) {
  return _mm_movemask_epi8(isOpen(least)) != 0;
}

// Bit i is set if word i is less than kOpenEnd.
[[PI_TARGET, gnu::always_inline]] inline std::uint64_t openPositions(Averages least) {
  __m128i bytes = _mm_packs_epi16(isOpen(least), _mm_setzero_si128());
  return static_cast<std::uint64_t>(_mm_movemask_epi8(bytes));
}

}  // namespace
}  // namespace pi::kernels

#include "worker/kernels/narrow_vectors.h"
#include "worker/kernels/net_walk.h"

namespace pi::kernels {

constinit const RandomKernel kSse2Random{.start = &start, .run = &run};
constinit const WalkNet kSse2WalkNet = &walkNet;

}  // namespace pi::kernels

#endif
