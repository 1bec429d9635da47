// NEON, which every 64-bit ARM CPU has.  Computes four lane pairs at a time.
#if defined(__aarch64__)

#include <arm_neon.h>

#include "worker/kernels/random_kernel.h"
#include "worker/kernels/sobol.h"

#define PI_TARGET  // NEON needs none.

namespace pi::kernels {
namespace {

typedef std::uint32_t Vector [[gnu::vector_size(16)]];
constexpr std::uint32_t kWidth = 4;

template <typename Wide>
[[gnu::always_inline]] inline uint64x2_t product(const Wide& low, std::uint32_t factor) {
  return vmull_n_u32(vmovn_u64(uint64x2_t(low)), factor);
}

template <typename Wide>
[[gnu::always_inline]] inline uint64x2_t square(const Wide& low) {
  uint32x2_t half = vmovn_u64(uint64x2_t(low));
  return vmull_u32(half, half);
}

using Averages = uint16x8_t;
using Misses = uint16x8_t;  // At most kRows * kBlockSteps in each word: 16 bits are enough.

// The high halves of the squares of 16-bit words.
[[gnu::always_inline]] inline uint16x8_t highSquares(Vector draws) {
  auto words = uint16x8_t(draws);
  uint32x4_t low = vmull_u16(vget_low_u16(words), vget_low_u16(words));
  return vuzp2q_u16(uint16x8_t(low), uint16x8_t(vmull_high_u16(words, words)));
}

[[gnu::always_inline]] inline Averages average(Vector x, Vector y) {
  return vrhaddq_u16(highSquares(x), highSquares(y));
}

[[gnu::always_inline]] inline Averages greatestAverages() { return vdupq_n_u16(0x7FFF); }

[[gnu::always_inline]] inline Averages lower(Averages least, Averages next) {
  return uint16x8_t(
      vminq_s16(int16x8_t(least), vaddq_s16(int16x8_t(next), vdupq_n_s16(kOpenOffset))));
}

[[gnu::always_inline]] inline void count(Averages first, Averages second, Misses& misses) {
  misses = vsraq_n_u16(vsraq_n_u16(misses, first, 15), second, 15);
}

[[gnu::always_inline]] inline std::uint64_t total(Misses misses) { return vaddlvq_u16(misses); }

[[gnu::always_inline]] inline bool isAnyOpen(Averages least) {
  return vminvq_s16(int16x8_t(least)) < kOpenEnd;
}

// Bit i is set if word i is less than kOpenEnd.
[[gnu::always_inline]] inline std::uint64_t openPositions(Averages least) {
  constexpr uint16x8_t kBits = {1, 2, 4, 8, 16, 32, 64, 128};
  return vaddvq_u16(vandq_u16(vcltq_s16(int16x8_t(least), vdupq_n_s16(kOpenEnd)), kBits));
}

}  // namespace
}  // namespace pi::kernels

#include "worker/kernels/narrow_vectors.h"
#include "worker/kernels/net_walk.h"

namespace pi::kernels {

constinit const RandomKernel kNeonRandom{.start = &start, .run = &run};
constinit const WalkNet kNeonWalkNet = &walkNet;

}  // namespace pi::kernels

#endif
