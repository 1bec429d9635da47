// AVX-512 F and BW.  Computes all 64 lanes at once, in four vectors.
#if defined(__x86_64__)

#include <immintrin.h>

#include <bit>

#include "worker/kernels/random_stream.h"

namespace pi::kernels {
namespace {

typedef std::uint32_t Vector [[gnu::vector_size(64)]];
typedef std::uint64_t Wide [[gnu::vector_size(64)]];
typedef std::uint32_t Half [[gnu::vector_size(32)]];
constexpr std::uint32_t kWidth = 16;
constexpr std::uint32_t kGroupSteps = 4;  // Open samples are looked for after this many steps.

struct Generators {
  Vector a, b, c, d;
  Vector e, f;  // Intermediate values of a step.
};

[[gnu::target("avx512f,avx512bw,popcnt"), gnu::always_inline]] inline void load(const Lanes& lanes,
                                                                                std::uint32_t lane,
                                                                                Generators& g) {
  g.a = Vector(_mm512_load_si512(&lanes.a[lane]));
  g.b = Vector(_mm512_load_si512(&lanes.b[lane]));
  g.c = Vector(_mm512_load_si512(&lanes.c[lane]));
  g.d = Vector(_mm512_load_si512(&lanes.d[lane]));
}

[[gnu::target("avx512f,avx512bw,popcnt"), gnu::always_inline]] inline void store(
    const Generators& g, Lanes& lanes, std::uint32_t lane) {
  _mm512_store_si512(&lanes.a[lane], __m512i(g.a));
  _mm512_store_si512(&lanes.b[lane], __m512i(g.b));
  _mm512_store_si512(&lanes.c[lane], __m512i(g.c));
  _mm512_store_si512(&lanes.d[lane], __m512i(g.d));
}

// The parts of a step.  Each part is done for all vectors before the next part: the ports are 6 %
// busier than with one whole step after another.
[[gnu::target("avx512f,avx512bw,popcnt"), gnu::always_inline]] inline void rotate(Generators& g) {
  g.e = g.b << 27 | g.b >> 5;
  g.f = g.c << 17 | g.c >> 15;
}

[[gnu::target("avx512f,avx512bw,popcnt"), gnu::always_inline]] inline void mix(Generators& g) {
  g.e = g.a - g.e;
  g.a = g.b ^ g.f;
}

[[gnu::target("avx512f,avx512bw,popcnt"), gnu::always_inline]] inline void add(Generators& g) {
  g.b = g.c + g.d;
  g.c = g.d + g.e;
  g.d = g.e + g.a;
}

[[gnu::target("avx512f,avx512bw,popcnt"), gnu::always_inline]] inline __m512i average(Vector x,
                                                                                      Vector y) {
  return _mm512_avg_epu16(_mm512_mulhi_epu16(__m512i(x), __m512i(x)),
                          _mm512_mulhi_epu16(__m512i(y), __m512i(y)));
}

// Philox of eight counters.  Their words are the low halves of 64-bit elements.  The high halves
// may hold anything: the multiplication ignores them.
[[gnu::target("avx512f,avx512bw,popcnt"), gnu::always_inline]] inline void philox(
    __m512i (&counter)[4], std::uint64_t key) {
  const __m512i factor0 = _mm512_set1_epi64(kPhiloxFactor0);
  const __m512i factor2 = _mm512_set1_epi64(kPhiloxFactor2);
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    // The masked form with a full mask: for the other one g++ 12 warns of an uninitialised value.
    Wide product0 = Wide(_mm512_maskz_mul_epu32(0xFF, counter[0], factor0));
    Wide product2 = Wide(_mm512_maskz_mul_epu32(0xFF, counter[2], factor2));
    counter[0] = __m512i(product2 >> 32 ^ Wide(counter[1]) ^ key0);
    counter[1] = __m512i(product2);
    counter[2] = __m512i(product0 >> 32 ^ Wide(counter[3]) ^ key1);
    counter[3] = __m512i(product0);
    key0 += kPhiloxBump0;
    key1 += kPhiloxBump1;
  }
}

// Like startBlock, but eight lanes at a time: startBlock would take 3 % of the time of a block.
[[gnu::target("avx512f,avx512bw,popcnt")]] void start(std::uint64_t seed, std::uint64_t block,
                                                      Lanes& lanes) {
  const Wide low32 = Wide{} + 0xFFFFFFFF;
  for (std::uint32_t lane = 0; lane < kLanes; lane += 8) {
    Wide number = Wide{} + lane + Wide{0, 1, 2, 3, 4, 5, 6, 7};
    __m512i words[4] = {__m512i(Wide{} + block), __m512i(Wide{} + (block >> 32)), __m512i(number),
                        __m512i(Wide{} + static_cast<std::uint64_t>(Domain::kLaneState))};
    philox(words, seed);
    std::uint32_t* const rows[4] = {lanes.a, lanes.b, lanes.c, lanes.d};
    for (std::uint32_t i = 0; i < 4; ++i) {
      Half row = __builtin_convertvector(Wide(words[i]) & low32, Half);
      _mm256_store_si256(reinterpret_cast<__m256i*>(rows[i] + lane), __m256i(row));
    }
  }
  replaceZeroStates(lanes);
}

[[gnu::target("avx512f,avx512bw,popcnt")]] std::uint64_t run(Lanes& lanes, std::uint64_t seed,
                                                             std::uint64_t first,
                                                             std::uint32_t steps) {
  Generators x0, x1, y0, y1;
  load(lanes, 0, x0);
  load(lanes, kWidth, x1);
  load(lanes, kLanePairs, y0);
  load(lanes, kLanePairs + kWidth, y1);
  std::uint64_t hits = std::uint64_t{steps} * kStepSamples;
  const __m512i openOffset = _mm512_set1_epi16(kOpenOffset);
  const __m512i openEnd = _mm512_set1_epi16(kOpenEnd);
  for (std::uint32_t at = 0; at < steps; at += kGroupSteps) {
    __m512i least0 = _mm512_set1_epi16(0x7FFF), least1 = least0;
    for (std::uint32_t i = 0; i < kGroupSteps; ++i) {
      rotate(x0), rotate(x1), rotate(y0), rotate(y1);
      mix(x0), mix(x1), mix(y0), mix(y1);
      add(x0), add(x1), add(y0), add(y1);
      __m512i average0 = average(x0.d, y0.d), average1 = average(x1.d, y1.d);
      // Popcounts on the scalar ports: adding up shifted sign bits would cost 6 % more.
      hits -= static_cast<std::uint64_t>(std::popcount(_mm512_movepi16_mask(average0)));
      hits -= static_cast<std::uint64_t>(std::popcount(_mm512_movepi16_mask(average1)));
      least0 = _mm512_min_epi16(least0, _mm512_add_epi16(average0, openOffset));
      least1 = _mm512_min_epi16(least1, _mm512_add_epi16(average1, openOffset));
    }
    if (_mm512_cmplt_epi16_mask(_mm512_min_epi16(least0, least1), openEnd) == 0) [[likely]] {
      continue;
    }
    store(x0, lanes, 0);
    store(x1, lanes, kWidth);
    store(y0, lanes, kLanePairs);
    store(y1, lanes, kLanePairs + kWidth);
    std::uint64_t open0 = _mm512_cmplt_epi16_mask(least0, openEnd);
    std::uint64_t open1 = _mm512_cmplt_epi16_mask(least1, openEnd);
    hits += correction(lanes, seed, first + at * kStepSamples, open1 << 32 | open0, kGroupSteps);
    load(lanes, 0, x0);  // Cheaper than saving all registers around the call.
    load(lanes, kWidth, x1);
    load(lanes, kLanePairs, y0);
    load(lanes, kLanePairs + kWidth, y1);
  }
  store(x0, lanes, 0);
  store(x1, lanes, kWidth);
  store(y0, lanes, kLanePairs);
  store(y1, lanes, kLanePairs + kWidth);
  return hits;
}

}  // namespace

constinit const RandomKernel kAvx512Random{.start = &start, .run = &run};

}  // namespace pi::kernels

#endif
