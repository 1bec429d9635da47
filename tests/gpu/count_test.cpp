#include <doctest/doctest.h>

#include <cstdint>
#include <random>

#include "tests/gpu/launch_on_cpu.h"
#include "worker/kernels/kernel.h"

namespace pi::gpu {
namespace {

const kernels::Kernel& portable() { return *kernels::find("portable"); }

std::uint64_t hitsOfBlock(std::uint64_t seed, std::uint64_t block) {
  std::uint64_t hits = 0;
  countOnCpu(RandomLaunch{seed, block, 1}, &hits);
  return hits;
}

Hits hitsOfNets(const NetsLaunch& launch) {
  Hits hits;
  countOnCpu(launch, hits.strata.data());
  return hits;
}

SampleRange rangeOf(const NetsLaunch& launch) {
  std::uint64_t points = std::uint64_t{launch.nets} << 2 * launch.level;
  return {.begin = launch.firstPoint * kReplicates,
          .end = (launch.firstPoint + points) * kReplicates};
}

}  // namespace

TEST_CASE("the GPU's code gives the golden values of the sampler random") {
  CHECK(hitsOfBlock(0, 0) == 102'829);
  CHECK(hitsOfBlock(1, 0) == 102'838);
  CHECK(hitsOfBlock(~std::uint64_t{0}, 0) == 102'693);
  CHECK(hitsOfBlock(42, (std::uint64_t{1} << 46) - 1) == 103'019);
}

TEST_CASE("the GPU's code counts random blocks like the portable kernel") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100; ++i) {
    std::uint64_t seed = random(), block = random() >> 18;
    CAPTURE(seed);
    CAPTURE(block);
    SampleRange range{.begin = block * kBlockSamples, .end = (block + 1) * kBlockSamples};
    CHECK(hitsOfBlock(seed, block) == portable().hitsIn({.seed = seed}, range).total());
  }
}

TEST_CASE("the GPU's code counts nets of all levels like the portable kernel, in each replicate") {
  std::mt19937_64 random(1);
  for (int level = 1; level <= 15; ++level) {
    CAPTURE(level);
    for (int i = 0; i < 5; ++i) {
      std::uint64_t seed = random();
      std::uint64_t firstPoint = random() >> 5 >> 2 * level << 2 * level;
      CAPTURE(seed);
      CAPTURE(firstPoint);
      NetsLaunch launch{seed, firstPoint, level, 2};
      Stream stream{.seed = seed, .sampler = Sampler::kSobol};
      CHECK(hitsOfNets(launch) == portable().hitsIn(stream, rangeOf(launch)));
    }
  }
}

TEST_CASE("segments of the largest nets begin at the cells that a walk visits") {
  constexpr int kLevel = kLargestNet;
  constexpr std::uint64_t kSide = std::uint64_t{1} << kLevel;
  for (std::uint64_t steps : {std::uint64_t{0}, kSide / 3, kSide - 1, kSide, 2 * kSide - 2}) {
    CAPTURE(steps);
    Cell cell = cellAfter(steps, kLevel);
    std::uint64_t column = cell.column, row = cell.row;
    CHECK(column + (kSide - 1 - row) == steps);
    CHECK(column * column + row * row <= kSide * kSide);  // The near corner is in the circle,
    bool isLast = column == kSide - 1 || row == kSide - 1;
    std::uint64_t further = (column + 1) * (column + 1) + (row + 1) * (row + 1);
    CHECK((isLast || further > kSide * kSide));  // ... and no further one on this diagonal.
  }
}

}  // namespace pi::gpu
