// AVX2.  Computes eight lane pairs at a time.
#if defined(__x86_64__)

#include <immintrin.h>

#include "worker/kernels/random_stream.h"

namespace pi::kernels {
namespace {

typedef std::uint32_t Vector [[gnu::vector_size(32)]];
constexpr std::uint32_t kWidth = 8;

struct State {
  Vector a, b, c, d;
};

[[gnu::target("avx2"), gnu::always_inline]] inline void load(const Lanes& lanes, std::uint32_t lane,
                                                             State& s) {
  s.a = Vector(_mm256_load_si256(reinterpret_cast<const __m256i*>(&lanes.a[lane])));
  s.b = Vector(_mm256_load_si256(reinterpret_cast<const __m256i*>(&lanes.b[lane])));
  s.c = Vector(_mm256_load_si256(reinterpret_cast<const __m256i*>(&lanes.c[lane])));
  s.d = Vector(_mm256_load_si256(reinterpret_cast<const __m256i*>(&lanes.d[lane])));
}

[[gnu::target("avx2"), gnu::always_inline]] inline void store(const State& s, Lanes& lanes,
                                                              std::uint32_t lane) {
  _mm256_store_si256(reinterpret_cast<__m256i*>(&lanes.a[lane]), __m256i(s.a));
  _mm256_store_si256(reinterpret_cast<__m256i*>(&lanes.b[lane]), __m256i(s.b));
  _mm256_store_si256(reinterpret_cast<__m256i*>(&lanes.c[lane]), __m256i(s.c));
  _mm256_store_si256(reinterpret_cast<__m256i*>(&lanes.d[lane]), __m256i(s.d));
}

[[gnu::target("avx2"), gnu::always_inline]] inline void advance(State& s) {
  Vector e = s.a - (s.b << 27 | s.b >> 5);
  s.a = s.b ^ (s.c << 17 | s.c >> 15);
  s.b = s.c + s.d;
  s.c = s.d + e;
  s.d = e + s.a;
}

// Counts the misses at each position, and updates the least offset average at each.
[[gnu::target("avx2"), gnu::always_inline]] inline void count(const State& x, const State& y,
                                                              __m256i& misses, __m256i& least) {
  __m256i average = _mm256_avg_epu16(_mm256_mulhi_epu16(__m256i(x.d), __m256i(x.d)),
                                     _mm256_mulhi_epu16(__m256i(y.d), __m256i(y.d)));
  least = _mm256_min_epi16(least, _mm256_add_epi16(average, _mm256_set1_epi16(kOpenOffset)));
  misses = _mm256_add_epi16(misses, _mm256_srli_epi16(average, 15));
}

// Bit i is set if word i is less than kOpenEnd.
[[gnu::target("avx2")]] std::uint64_t openPositions(__m256i least) {
  __m256i isOpen = _mm256_cmpgt_epi16(_mm256_set1_epi16(kOpenEnd), least);
  __m128i bytes =
      _mm_packs_epi16(_mm256_castsi256_si128(isOpen), _mm256_extracti128_si256(isOpen, 1));
  return static_cast<std::uint64_t>(_mm_movemask_epi8(bytes));
}

[[gnu::target("avx2")]] void start(std::uint64_t seed, std::uint64_t block, Lanes& lanes) {
  startBlock(seed, block, lanes);
}

// The hits of `steps` steps, of the kWidth lane pairs that begin with `pair`.
[[gnu::target("avx2")]] std::uint64_t runVector(Lanes& lanes, std::uint32_t pair,
                                                std::uint64_t seed, std::uint64_t first,
                                                std::uint32_t steps) {
  State x, y;
  load(lanes, pair, x);
  load(lanes, kLanePairs + pair, y);
  std::uint64_t hits = std::uint64_t{steps} * 2 * kWidth;
  __m256i misses =
      _mm256_setzero_si256();  // At most kBlockSteps at each position, so 16 bits are enough.
  const __m256i openEnd = _mm256_set1_epi16(kOpenEnd);
  for (std::uint32_t at = 0; at < steps; at += kRunSteps) {
    __m256i least = _mm256_set1_epi16(0x7FFF);
    for (std::uint32_t i = 0; i < kRunSteps; ++i) {
      advance(x);
      advance(y);
      count(x, y, misses, least);
    }
    if (_mm256_movemask_epi8(_mm256_cmpgt_epi16(openEnd, least)) == 0) [[likely]]
      continue;
    store(x, lanes, pair);
    store(y, lanes, kLanePairs + pair);
    hits += correction(lanes, seed, first + at * kStepSamples, openPositions(least) << 2 * pair,
                       kRunSteps);
  }
  store(x, lanes, pair);
  store(y, lanes, kLanePairs + pair);
  alignas(32) std::uint16_t missesAt[2 * kWidth];
  _mm256_store_si256(reinterpret_cast<__m256i*>(missesAt), misses);
  for (std::uint16_t count : missesAt) hits -= count;
  return hits;
}

std::uint64_t run(Lanes& lanes, std::uint64_t seed, std::uint64_t first, std::uint32_t steps) {
  std::uint64_t hits = 0;
  for (std::uint32_t pair = 0; pair < kLanePairs; pair += kWidth) {
    hits += runVector(lanes, pair, seed, first, steps);
  }
  return hits;
}

}  // namespace

constinit const RandomKernel kAvx2Random{.start = &start, .run = &run};

}  // namespace pi::kernels

#endif
