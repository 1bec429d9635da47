#include "worker/kernels/nets.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

#include "common/model/block.h"
#include "tests/unit/kernels/by_the_book.h"
#include "worker/kernels/kernel.h"
#include "worker/kernels/sobol.h"

namespace pi::kernels {
namespace {

static_assert(kSmallestNetSamples == std::uint64_t{kStrataMax} << (2 * kNetLevelMin));

constexpr Stream streamOf(std::uint64_t seed) { return {.seed = seed, .sampler = Sampler::kSobol}; }

// Whether the hits of each stratum are those of the points one by one, computed as STREAM.md says.
void checkRange(std::uint64_t seed, SampleRange range) {
  CAPTURE(seed);
  CAPTURE(range.begin);
  CAPTURE(range.end);
  Hits expected = by_the_book::hitsIn(streamOf(seed), range);
  for (const Kernel& kernel : all()) {
    CAPTURE(kernel.name);
    if (kernel.isSupported()) CHECK(kernel.hitsIn(streamOf(seed), range) == expected);
  }
}

// The walks that this CPU can run.
std::vector<WalkNet> walks() {
  std::vector<WalkNet> walks{kPortableWalkNet};
  [[maybe_unused]] auto add = [&walks](std::string_view kernel, WalkNet walk) {
    if (find(kernel)->isSupported()) walks.push_back(walk);
  };
#if defined(__x86_64__)
  add("sse2", kSse2WalkNet);
  add("avx2", kAvx2WalkNet);
  add("avx512", kAvx512WalkNet);
#elif defined(__aarch64__)
  add("neon", kNeonWalkNet);
#endif
  return walks;
}

// The largest y with which a point is a hit.
std::uint64_t lastHit(std::uint64_t x) {
  std::uint64_t y = 0;
  for (int bit = 63; bit >= 0; --bit) {
    std::uint64_t more = y | std::uint64_t{1} << bit;
    if (isInside(x, more)) y = more;
  }
  return y;
}

// The first cell of column `column`, at least 1, that a walk comes to.
std::uint64_t rowAt(std::uint64_t column, int level) {
  std::uint64_t cells = std::uint64_t{1} << 2 * level, row = 0;
  for (int bit = level - 1; bit >= 0; --bit) {
    std::uint64_t more = row | std::uint64_t{1} << bit;
    if (column * column + more * more <= cells) row = more;
  }
  return row;
}

}  // namespace

TEST_CASE("a part of a walk through the largest net counts what each of its points says") {
  constexpr int kLevel = kNetLevelMax;
  constexpr std::uint64_t kSide = std::uint64_t{1} << kLevel, kSteps = 30'000;
  const Net net(kLevel);
  std::mt19937_64 random(4);
  for (std::uint64_t place : {std::uint64_t{1}, kSide / 3, kSide * 7 / 10, kSide - 1000}) {
    CAPTURE(place);
    NetWalk start{.net = net,
                  .column = place,
                  .row = rowAt(place, kLevel),
                  .origins = {},
                  .u = {},
                  .v = {},
                  .hits = {}};
    auto pointAt = [&](std::uint64_t column, std::uint64_t row, std::size_t r) {
      return pointInNet(column, row, kLevel, start.origins[r]);
    };
    for (std::size_t r = 0; r < kStrataMax; ++r) {
      start.origins[r] = {.x = random(), .y = random()};
      start.u[r] = bitsBehind(pointAt(start.column, start.row, r).x, kLevel);
      start.v[r] = bitsBehind(pointAt(start.column, start.row, r).y, kLevel);
    }
    std::uint64_t column = start.column, row = start.row;
    std::vector<std::uint64_t> hits(kStrataMax);
    bool areInCells = true;
    for (std::uint64_t step = 0; step < kSteps; ++step) {
      bool isRight = (column + 1) * (column + 1) + row * row <= kSide * kSide;
      for (std::size_t r = 0; r < kStrataMax; ++r) {
        Point point = pointAt(column, row, r);
        areInCells &= leadingBits(point.x, kLevel) == column;
        areInCells &= leadingBits(point.y, kLevel) == row;
        hits[r] += isInside(point.x, point.y) + (isRight ? row : 0);
      }
      if (isRight) {
        ++column;
      } else {
        --row;
      }
    }
    CHECK(areInCells);
    for (WalkNet walkNet : walks()) {
      NetWalk walk = start;
      walkNet(walk, kSteps);
      CHECK(walk.column == column);
      CHECK(walk.row == row);
      for (std::size_t r = 0; r < kStrataMax; ++r) {
        CHECK(walk.hits[r] == hits[r]);
        CHECK(walk.u[r] == bitsBehind(pointAt(column, row, r).x, kLevel));
        CHECK(walk.v[r] == bitsBehind(pointAt(column, row, r).y, kLevel));
      }
    }
  }
}

TEST_CASE("points next to the arc, of which a walk is not sure, are decided by all their bits") {
  std::mt19937_64 random(2);
  for (int i = 0; i < 100; ++i) {
    CAPTURE(i);
    // The first points of the replicates are the last hits and the first misses of some columns.
    PerReplicate shifts;
    for (std::size_t r = 0; r < kStrataMax; ++r) {
      std::uint64_t x = random();
      shifts[r] = {.x = x, .y = lastHit(x) + r % 2};
    }
    int level = kNetLevelMin + i % 4;
    Hits expected;
    for (std::uint64_t at = 0; at < std::uint64_t{1} << 2 * level; ++at) {
      Point point = sobolPoint(at);
      for (std::size_t r = 0; r < kStrataMax; ++r) {
        expected.strata[r] += isInside(point.x ^ shifts[r].x, point.y ^ shifts[r].y);
      }
    }
    for (WalkNet walk : walks()) {
      Hits found;
      addNetHits(level, 0, shifts, walk, nullptr, found);
      CHECK(found == expected);
    }
  }
}

TEST_CASE(
    "counting by nets gives the hits of the points one by one, in ranges of any size and place") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    std::uint64_t size = random() % (std::uint64_t{1} << (4 + i % 16));
    std::uint64_t begin = (random() % kSamplesEnd) >> random() % 60;
    begin = std::min(begin, kSamplesEnd - size);
    checkRange(random(), {begin, begin + size});
  }
}

TEST_CASE(
    "nets of each level agree with the points one by one, at the begin and end of the stream") {
  for (int level = kNetLevelMin; level <= 8; ++level) {
    CAPTURE(level);
    std::uint64_t size = std::uint64_t{kStrataMax} << (2 * level);
    for (std::uint64_t begin : {std::uint64_t{0}, 3 * size, kSamplesEnd - size}) {
      checkRange(7, {begin, begin + size});
      checkRange(~std::uint64_t{7}, {begin + 5, begin + size});
      checkRange(8, {begin, begin + size - 37});
    }
  }
}

// Emulated and instrumented programs would take minutes for larger ones.
#if defined(__x86_64__) && !defined(PI_SANITIZED)
constexpr int kLargest = 24;
#else
constexpr int kLargest = 18;
#endif

TEST_CASE("the hits of a large net are the sum of those of its parts") {
  for (int level : {9, 12, 15, kLargest - 4, kLargest}) {
    CAPTURE(level);
    std::uint64_t size = std::uint64_t{kStrataMax} << (2 * level), quarter = size / 4;
    for (std::uint64_t begin : {std::uint64_t{0}, kSamplesEnd - 5 * size}) {
      if (level == kLargest && begin == 0) continue;  // It takes a second.
      Hits parts;
      for (std::uint64_t at = 0; at < size; at += quarter) {
        parts += best().hitsIn(streamOf(3), {begin + at, begin + at + quarter});
      }
      for (const Kernel& kernel : all()) {
        CAPTURE(kernel.name);
        bool isTooSlow = level == kLargest && kernel.name == "portable";
        if (!kernel.isSupported() || isTooSlow) continue;
        CHECK(kernel.hitsIn(streamOf(3), {begin, begin + size}) == parts);
      }
    }
  }
}

}  // namespace pi::kernels
