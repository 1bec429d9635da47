#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "tests/unit/kernels/by_the_book.h"
#include "worker/kernels/random_kernel.h"

namespace pi::kernels {
namespace {

struct NamedKernel {
  const char* name;
  const RandomKernel* kernel;
};

std::vector<NamedKernel> supportedKernels() {
  std::vector<NamedKernel> kernels{{"portable", &kPortableRandom}};
#if defined(__x86_64__)
  kernels.push_back({"sse2", &kSse2Random});
  if (find("avx2")->isSupported()) kernels.push_back({"avx2", &kAvx2Random});
  if (find("avx512")->isSupported()) kernels.push_back({"avx512", &kAvx512Random});
#elif defined(__aarch64__)
  kernels.push_back({"neon", &kNeonRandom});
#endif
  return kernels;
}

// Undoes one step of all lanes.
void stepBack(Lanes& lanes) {
  for (std::uint32_t i = 0; i < kLanes; ++i) {
    std::uint32_t e = lanes.d[i] - lanes.a[i];
    lanes.d[i] = lanes.c[i] - e;
    lanes.c[i] = lanes.b[i] - lanes.d[i];
    lanes.b[i] = lanes.a[i] ^ rotatedLeft(lanes.c[i], 17);
    lanes.a[i] = e + rotatedLeft(lanes.b[i], 27);
  }
}

// The word with one half replaced.
std::uint32_t withHalf(std::uint32_t word, std::uint32_t half, std::uint32_t bits) {
  return (word & 0xFFFF'0000u >> 16 * half) | bits << 16 * half;
}

// A cell at a position of a step, and random cells elsewhere.
struct Placed {
  std::uint32_t x, y;
  std::uint32_t position;  // Below kStepSamples.
  std::uint32_t step;      // The first one is 1.
};

Lanes lanesBefore(Placed cell) {
  std::mt19937 random(cell.position + cell.step);
  auto word = [&random] { return static_cast<std::uint32_t>(random()); };
  Lanes lanes;
  for (std::uint32_t i = 0; i < kLanes; ++i) {
    lanes.a[i] = word();
    lanes.b[i] = word();
    lanes.c[i] = word();
    lanes.d[i] = word();
  }
  std::uint32_t row = cell.position / kRowSamples, half = cell.position % 2;
  auto place = [&](std::uint32_t lane, std::uint32_t bits) {
    if (row == 0) {
      lanes.d[lane] = withHalf(lanes.d[lane], half, bits);
      return;
    }
    // The second word is c ^ rotated b of the state before the step: for any such b the c that
    // gives the wanted word follows, and the other states follow from these.
    std::uint32_t rotated = word(), e = lanes.d[lane] - lanes.a[lane];
    lanes.c[lane] = withHalf(word(), half, bits) ^ rotated;
    std::uint32_t dBefore = lanes.c[lane] - e, bBefore = rotatedLeft(rotated, 5);
    std::uint32_t cBefore = rotatedLeft(bBefore ^ lanes.a[lane], 15);
    lanes.b[lane] = cBefore + dBefore;
  };
  std::uint32_t lane = cell.position % kRowSamples / 2;
  place(lane, cell.x);
  place(kLanePairs + lane, cell.y);
  for (std::uint32_t i = 0; i < cell.step; ++i) stepBack(lanes);
  return lanes;
}

std::uint64_t expectedHits(const Lanes& before, std::uint64_t seed, std::uint64_t first,
                           Placed cell) {
  Lanes lanes = before;
  Draws draws;
  std::uint64_t hits = 0;
  for (std::uint32_t at = 0; at < kGroupSteps * kStepSamples; ++at) {
    std::uint32_t position = at % kStepSamples;
    if (position == 0) step(lanes, draws);
    const std::uint32_t* row = draws.rows[position / kRowSamples];
    std::uint32_t lane = position % kRowSamples / 2, shift = 16 * (position % 2);
    std::uint32_t x = row[lane] >> shift & 0xFFFF, y = row[kLanePairs + lane] >> shift & 0xFFFF;
    if (position == cell.position && at / kStepSamples + 1 == cell.step) {
      REQUIRE(x == cell.x);
      REQUIRE(y == cell.y);
    }
    hits += by_the_book::isHit(seed, first + at, x, y);
  }
  return hits;
}

// Puts a cell at every position, in every step of a run, of every kernel.
void checkCell(std::uint32_t x, std::uint32_t y) {
  CAPTURE(x);
  CAPTURE(y);
  constexpr std::uint64_t kSeed = 11, kFirst = 640;
  static OpenGroups open;
  for (std::uint32_t position = 0; position < kStepSamples; ++position) {
    Placed cell{.x = x, .y = y, .position = position, .step = 1 + (position + x) % kGroupSteps};
    CAPTURE(position);
    Lanes before = lanesBefore(cell);
    std::uint64_t expected = expectedHits(before, kSeed, kFirst, cell);
    for (const NamedKernel& named : supportedKernels()) {
      CAPTURE(named.name);
      Lanes lanes = before;
      CHECK(named.kernel->run(lanes, kSeed, kFirst, kGroupSteps, open) == expected);
      CHECK(open.count == 0);
    }
  }
}

}  // namespace

TEST_CASE("the corners of the square are decided correctly: 16-bit sums reach their limits there") {
  checkCell(65'535, 65'535);  // The average is 65,534; with kOpenOffset it wraps.
  checkCell(65'535, 0);
  checkCell(0, 65'535);
  checkCell(0, 0);
  checkCell(32'768, 32'768);  // The smallest signed word.
  checkCell(32'767, 32'768);
}

TEST_CASE("cells along the circle are decided correctly, for every sum of their rounded squares") {
  std::mt19937 random(3);
  for (std::uint32_t sum = kOpenSum - 3; sum <= kCircle + 3; ++sum) {
    for (int found = 0; found < 3;) {
      auto x = static_cast<std::uint32_t>(random()) & 0xFFFF;
      std::uint32_t y = 65'535;
      while (y > 0 && squareSum(x, y) > sum) --y;
      if (squareSum(x, y) != sum) continue;
      checkCell(x, y);
      ++found;
    }
  }
}

TEST_CASE("a cell that the leading bits decide lies wholly on one side of the circle") {
  constexpr std::uint64_t kRadiusSquared = std::uint64_t{1} << 32;
  bool areDecidedCorrectly = true, areOthersOpen = true;
  std::uint64_t y = 65'535;
  for (std::uint64_t x = 0; x < 65'536; ++x) {
    while (y > 0 && x * x + y * y >= kRadiusSquared) --y;
    // The decision changes within a few cells of the circle; farther away it cannot.
    for (std::uint64_t v = y < 8 ? 0 : y - 8; v < std::min<std::uint64_t>(y + 8, 65'536); ++v) {
      auto x32 = static_cast<std::uint32_t>(x), y32 = static_cast<std::uint32_t>(v);
      bool isInside = (x + 1) * (x + 1) + (v + 1) * (v + 1) <= kRadiusSquared;
      bool isOutside = x * x + v * v >= kRadiusSquared;
      std::uint32_t sum = squareSum(x32, y32), average = (sum + 1) / 2;
      if (sum < kOpenSum) areDecidedCorrectly &= isInside;
      if (sum >= kCircle) areDecidedCorrectly &= isOutside;
      bool isClear = average < kCircle / 2 ? isInside : isOutside;
      if (!isClear) areOthersOpen &= average >= 32'766 && average <= 32'768;
    }
  }
  CHECK(areDecidedCorrectly);
  CHECK(areOthersOpen);
}

TEST_CASE("low bits decide a sample whose cell the circle crosses, either way") {
  // (46,340, 46,341) is crossed near its middle.
  int hits = 0;
  for (std::uint64_t sample = 0; sample < 1'000; ++sample) {
    bool is = isHit(9, sample, 46'340, 46'341);
    CHECK(is == by_the_book::isHit(9, sample, 46'340, 46'341));
    hits += is;
  }
  CHECK(hits > 100);
  CHECK(hits < 900);
  CHECK(isInside(0, ~std::uint64_t{0}));
  CHECK_FALSE(isInside(~std::uint64_t{0}, ~std::uint64_t{0}));
  CHECK_FALSE(isInside(std::uint64_t{1} << 33, ~std::uint64_t{0}));
}

TEST_CASE("a generator state of zeros is replaced by a one") {
  Lanes lanes{};
  lanes.b[5] = 7;
  replaceZeroStates(lanes);
  CHECK(lanes.a[0] == 1);
  CHECK(lanes.a[63] == 1);
  CHECK(lanes.a[5] == 0);
}

}  // namespace pi::kernels
