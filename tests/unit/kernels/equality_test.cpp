#include <doctest/doctest.h>

#include <random>

#include "worker/kernels/kernel.h"

namespace pi::kernels {
namespace {

// Compares every kernel that this CPU can run with the portable one.
void checkAllEqual(Stream stream, SampleRange range) {
  CAPTURE(stream.seed);
  CAPTURE(range.begin);
  CAPTURE(range.end);
  Hits expected = all().back().hitsIn(stream, range);
  for (const Kernel& kernel : all()) {
    CAPTURE(kernel.name);
    if (kernel.isSupported()) CHECK(kernel.hitsIn(stream, range) == expected);
  }
}

}  // namespace

TEST_CASE("an empty range has no hits, at any position") {
  for (std::uint64_t at : {std::uint64_t{0}, std::uint64_t{77}, kBlockSamples, kSamplesEnd}) {
    for (const Kernel& kernel : all()) {
      if (kernel.isSupported()) CHECK(kernel.hitsIn({.seed = 3}, {at, at}) == Hits{});
    }
  }
}

TEST_CASE("all kernels agree on single samples") {
  for (std::uint64_t at = 0; at < 200; ++at) checkAllEqual({.seed = 5}, {at, at + 1});
  checkAllEqual({.seed = 5}, {kBlockSamples - 1, kBlockSamples});
  checkAllEqual({.seed = 5}, {kSamplesEnd - 1, kSamplesEnd});
}

TEST_CASE("all kernels agree at the edges of steps, runs of steps and blocks") {
  std::uint64_t edges[] = {
      64, 128, 1'024, 2'048, kBlockSamples, 3 * kBlockSamples, kSamplesEnd - 2'048};
  for (std::uint64_t edge : edges) {
    for (std::uint64_t before : {0, 1, 63, 64, 128}) {
      for (std::uint64_t after : {0, 1, 64, 128, 1'300}) {
        checkAllEqual({.seed = 6}, {edge - before, edge + after});
      }
    }
  }
}

TEST_CASE("all kernels agree on random ranges") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 60; ++i) {
    std::uint64_t size = random() % (3 * kBlockSamples);
    std::uint64_t begin = (random() % kSamplesEnd) >> random() % 50;
    begin = std::min(begin, kSamplesEnd - size);
    checkAllEqual({.seed = random(), .sampler = Sampler::kRandom}, {begin, begin + size});
  }
}

TEST_CASE("the hits of a range are the sum of the hits of its parts") {
  std::mt19937_64 random(2);
  for (std::size_t i = 0; i < 20; ++i) {
    Sampler sampler = kSamplers[i % kSamplers.size()];
    Stream stream{.seed = random(), .sampler = sampler};
    SampleRange range{.begin = random() % 1'000'000, .end = 0};
    range.end = range.begin + random() % 500'000;
    Hits whole = best().hitsIn(stream, range);
    Hits parts;
    while (range.begin < range.end) {
      std::uint64_t end = std::min(range.end, range.begin + 1 + random() % 200'000);
      parts += best().hitsIn(stream, {range.begin, end});
      range.begin = end;
    }
    CHECK(parts == whole);
  }
}

}  // namespace pi::kernels
