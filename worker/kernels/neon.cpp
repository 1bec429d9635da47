// NEON, which every 64-bit ARM CPU has.  Computes four lane pairs at a time.
#if defined(__aarch64__)

#include <arm_neon.h>

#include "worker/kernels/random_stream.h"

namespace pi::kernels {
namespace {

typedef std::uint32_t Vector [[gnu::vector_size(16)]];
constexpr std::uint32_t kWidth = 4;

struct State {
  Vector a, b, c, d;
};

[[gnu::always_inline]] inline void load(const Lanes& lanes, std::uint32_t lane, State& s) {
  s.a = Vector(vld1q_u32(&lanes.a[lane]));
  s.b = Vector(vld1q_u32(&lanes.b[lane]));
  s.c = Vector(vld1q_u32(&lanes.c[lane]));
  s.d = Vector(vld1q_u32(&lanes.d[lane]));
}

[[gnu::always_inline]] inline void store(const State& s, Lanes& lanes, std::uint32_t lane) {
  vst1q_u32(&lanes.a[lane], uint32x4_t(s.a));
  vst1q_u32(&lanes.b[lane], uint32x4_t(s.b));
  vst1q_u32(&lanes.c[lane], uint32x4_t(s.c));
  vst1q_u32(&lanes.d[lane], uint32x4_t(s.d));
}

[[gnu::always_inline]] inline void advance(State& s) {
  Vector e = s.a - (s.b << 27 | s.b >> 5);
  s.a = s.b ^ (s.c << 17 | s.c >> 15);
  s.b = s.c + s.d;
  s.c = s.d + e;
  s.d = e + s.a;
}

// The high halves of the squares of 16-bit words.
[[gnu::always_inline]] inline uint16x8_t highSquares(Vector draws) {
  auto words = uint16x8_t(draws);
  uint32x4_t low = vmull_u16(vget_low_u16(words), vget_low_u16(words));
  return vuzp2q_u16(uint16x8_t(low), uint16x8_t(vmull_high_u16(words, words)));
}

// Counts the misses at each position, and updates the least offset average at each.
[[gnu::always_inline]] inline void count(const State& x, const State& y, uint16x8_t& misses,
                                         int16x8_t& least) {
  uint16x8_t average = vrhaddq_u16(highSquares(x.d), highSquares(y.d));
  least = vminq_s16(least, vaddq_s16(int16x8_t(average), vdupq_n_s16(kOpenOffset)));
  misses = vsraq_n_u16(misses, average, 15);
}

// Bit i is set if word i is less than kOpenEnd.
std::uint64_t openPositions(int16x8_t least) {
  constexpr uint16x8_t kBits = {1, 2, 4, 8, 16, 32, 64, 128};
  return vaddvq_u16(vandq_u16(vcltq_s16(least, vdupq_n_s16(kOpenEnd)), kBits));
}

void start(std::uint64_t seed, std::uint64_t block, Lanes& lanes) {
  startBlock(seed, block, lanes);
}

// The hits of `steps` steps, of the kWidth lane pairs that begin with `pair`.
std::uint64_t runVector(Lanes& lanes, std::uint32_t pair, std::uint64_t seed, std::uint64_t first,
                        std::uint32_t steps) {
  State x, y;
  load(lanes, pair, x);
  load(lanes, kLanePairs + pair, y);
  std::uint64_t hits = std::uint64_t{steps} * 2 * kWidth;
  uint16x8_t misses =
      vdupq_n_u16(0);  // At most kBlockSteps at each position, so 16 bits are enough.
  for (std::uint32_t at = 0; at < steps; at += kRunSteps) {
    int16x8_t least = vdupq_n_s16(0x7FFF);
    for (std::uint32_t i = 0; i < kRunSteps; ++i) {
      advance(x);
      advance(y);
      count(x, y, misses, least);
    }
    if (vminvq_s16(least) >= kOpenEnd) [[likely]]
      continue;
    store(x, lanes, pair);
    store(y, lanes, kLanePairs + pair);
    hits += correction(lanes, seed, first + at * kStepSamples, openPositions(least) << 2 * pair,
                       kRunSteps);
  }
  store(x, lanes, pair);
  store(y, lanes, kLanePairs + pair);
  alignas(16) std::uint16_t missesAt[2 * kWidth];
  vst1q_u16(missesAt, misses);
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

constinit const RandomKernel kNeonRandom{.start = &start, .run = &run};

}  // namespace pi::kernels

#endif
