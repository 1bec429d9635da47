// SSE2, which every x86-64 CPU has.  Computes four lane pairs at a time.
#if defined(__x86_64__)

#include <immintrin.h>

#include "worker/kernels/random_stream.h"

namespace pi::kernels {
namespace {

typedef std::uint32_t Vector [[gnu::vector_size(16)]];
constexpr std::uint32_t kWidth = 4;

struct State {
  Vector a, b, c, d;
};

[[gnu::target("sse2"), gnu::always_inline]] inline void load(const Lanes& lanes, std::uint32_t lane,
                                                             State& s) {
  s.a = Vector(_mm_load_si128(reinterpret_cast<const __m128i*>(&lanes.a[lane])));
  s.b = Vector(_mm_load_si128(reinterpret_cast<const __m128i*>(&lanes.b[lane])));
  s.c = Vector(_mm_load_si128(reinterpret_cast<const __m128i*>(&lanes.c[lane])));
  s.d = Vector(_mm_load_si128(reinterpret_cast<const __m128i*>(&lanes.d[lane])));
}

[[gnu::target("sse2"), gnu::always_inline]] inline void store(const State& s, Lanes& lanes,
                                                              std::uint32_t lane) {
  _mm_store_si128(reinterpret_cast<__m128i*>(&lanes.a[lane]), __m128i(s.a));
  _mm_store_si128(reinterpret_cast<__m128i*>(&lanes.b[lane]), __m128i(s.b));
  _mm_store_si128(reinterpret_cast<__m128i*>(&lanes.c[lane]), __m128i(s.c));
  _mm_store_si128(reinterpret_cast<__m128i*>(&lanes.d[lane]), __m128i(s.d));
}

[[gnu::target("sse2"), gnu::always_inline]] inline void advance(State& s) {
  Vector e = s.a - (s.b << 27 | s.b >> 5);
  s.a = s.b ^ (s.c << 17 | s.c >> 15);
  s.b = s.c + s.d;
  s.c = s.d + e;
  s.d = e + s.a;
}

// Counts the misses at each position, and updates the least offset average at each.
[[gnu::target("sse2"), gnu::always_inline]] inline void count(const State& x, const State& y,
                                                              __m128i& misses, __m128i& least) {
  __m128i average = _mm_avg_epu16(_mm_mulhi_epu16(__m128i(x.d), __m128i(x.d)),
                                  _mm_mulhi_epu16(__m128i(y.d), __m128i(y.d)));
  least = _mm_min_epi16(least, _mm_add_epi16(average, _mm_set1_epi16(kOpenOffset)));
  misses = _mm_add_epi16(misses, _mm_srli_epi16(average, 15));
}

// Bit i is set if word i is less than kOpenEnd.
[[gnu::target("sse2")]] std::uint64_t openPositions(__m128i least) {
  __m128i isOpen = _mm_cmpgt_epi16(_mm_set1_epi16(kOpenEnd), least);
  __m128i bytes = _mm_packs_epi16(isOpen, _mm_setzero_si128());
  return static_cast<std::uint64_t>(_mm_movemask_epi8(bytes));
}

[[gnu::target("sse2")]] void start(std::uint64_t seed, std::uint64_t block, Lanes& lanes) {
  startBlock(seed, block, lanes);
}

// The hits of `steps` steps, of the kWidth lane pairs that begin with `pair`.
[[gnu::target("sse2")]] std::uint64_t runVector(Lanes& lanes, std::uint32_t pair,
                                                std::uint64_t seed, std::uint64_t first,
                                                std::uint32_t steps) {
  State x, y;
  load(lanes, pair, x);
  load(lanes, kLanePairs + pair, y);
  std::uint64_t hits = std::uint64_t{steps} * 2 * kWidth;
  __m128i misses =
      _mm_setzero_si128();  // At most kBlockSteps at each position, so 16 bits are enough.
  const __m128i openEnd = _mm_set1_epi16(kOpenEnd);
  for (std::uint32_t at = 0; at < steps; at += kRunSteps) {
    __m128i least = _mm_set1_epi16(0x7FFF);
    for (std::uint32_t i = 0; i < kRunSteps; ++i) {
      advance(x);
      advance(y);
      count(x, y, misses, least);
    }
    if (_mm_movemask_epi8(_mm_cmpgt_epi16(openEnd, least)) == 0) [[likely]]
      continue;
    store(x, lanes, pair);
    store(y, lanes, kLanePairs + pair);
    hits += correction(lanes, seed, first + at * kStepSamples, openPositions(least) << 2 * pair,
                       kRunSteps);
  }
  store(x, lanes, pair);
  store(y, lanes, kLanePairs + pair);
  alignas(16) std::uint16_t missesAt[2 * kWidth];
  _mm_store_si128(reinterpret_cast<__m128i*>(missesAt), misses);
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

constinit const RandomKernel kSse2Random{.start = &start, .run = &run};

}  // namespace pi::kernels

#endif
