#include "tests/unit/kernels/by_the_book.h"

#include <Random123/philox.h>

#include <array>
#include <bit>

namespace pi::by_the_book {
namespace {

__extension__ using Wide = unsigned __int128;
using Words = std::array<std::uint32_t, 4>;

Words words(std::uint64_t seed, std::uint32_t domain, std::uint64_t n, std::uint32_t lane) {
  auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  r123::Philox4x32::ctr_type counter = {{low(n), low(n >> 32), lane, domain}};
  r123::Philox4x32::key_type key = {{low(seed), low(seed >> 32)}};
  auto result = r123::Philox4x32()(counter, key);
  return {result[0], result[1], result[2], result[3]};
}

bool isInCircle(std::uint64_t x, std::uint64_t y) {
  Wide xx = Wide{x} * x, yy = Wide{y} * y;
  return xx <= ~Wide{0} - yy;  // 2^128 does not fit into the type.
}

// Word 0 or 1 of a lane in a step, computed from the beginning of the block.
std::uint32_t draw(std::uint64_t seed, std::uint64_t block, std::uint32_t lane, std::uint32_t step,
                   std::uint32_t word) {
  std::uint32_t second = 0;
  auto [a, b, c, d] = words(seed, 0, block, lane);
  if (a == 0 && b == 0 && c == 0 && d == 0) a = 1;
  for (std::uint32_t i = 0; i <= step; ++i) {
    std::uint32_t r = std::rotl(b, 27);
    std::uint32_t e = a - r;
    a = b ^ std::rotl(c, 17);
    b = c + d;
    c = d + e;
    d = e + a;
    second = c ^ r;
  }
  return word == 0 ? d : second;
}

bool isRandomHit(std::uint64_t seed, std::uint64_t sample) {
  std::uint64_t block = sample >> 17;
  auto inBlock = static_cast<std::uint32_t>(sample & 0x1FFFF);
  std::uint32_t step = inBlock / 128, word = inBlock % 128 / 64;
  std::uint32_t lane = inBlock % 64 / 2, shift = 16 * (inBlock % 2);
  return isHit(seed, sample, draw(seed, block, lane, step, word) >> shift & 0xFFFF,
               draw(seed, block, 32 + lane, step, word) >> shift & 0xFFFF);
}

bool isSobolHit(std::uint64_t seed, std::uint64_t sample) {
  Words shift = words(seed, 2, sample % 16, 0);
  std::uint64_t x = std::uint64_t{shift[1]} << 32 | shift[0];
  std::uint64_t y = std::uint64_t{shift[3]} << 32 | shift[2];
  std::uint64_t v = std::uint64_t{1} << 63;
  for (std::uint64_t k = 0, p = sample / 16; k < 60; ++k) {
    if (p >> k & 1) {
      x ^= std::uint64_t{1} << (63 - k);
      y ^= v;
    }
    v ^= v >> 1;
  }
  return isInCircle(x, y);
}

}  // namespace

bool isHit(std::uint64_t seed, std::uint64_t sample, std::uint32_t x, std::uint32_t y) {
  Words low = words(seed, 1, sample, 0);
  return isInCircle(std::uint64_t{x} << 48 | std::uint64_t{low[1] & 0xFFFF} << 32 | low[0],
                    std::uint64_t{y} << 48 | std::uint64_t{low[3] & 0xFFFF} << 32 | low[2]);
}

Hits hitsIn(Stream stream, SampleRange range) {
  Hits hits;
  for (std::uint64_t i = range.begin; i < range.end; ++i) {
    switch (stream.sampler) {
      case Sampler::kRandom:
        hits.strata[0] += isRandomHit(stream.seed, i);
        break;
      case Sampler::kSobol:
        hits.strata[i % 16] += isSobolHit(stream.seed, i);
        break;
    }
  }
  return hits;
}

}  // namespace pi::by_the_book
