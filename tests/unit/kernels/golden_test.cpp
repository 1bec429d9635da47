#include <doctest/doctest.h>

#include "tests/unit/kernels/by_the_book.h"
#include "worker/kernels/kernel.h"

// The golden values of STREAM.md.  If one of them has to change, kStreamVersion has to change, too.
namespace pi::kernels {
namespace {

constexpr std::uint64_t kBlock = std::uint64_t{1} << 17;

template <typename Check>
void eachSupportedKernel(Check check) {
  for (const Kernel& kernel : all()) {
    CAPTURE(kernel.name);
    if (kernel.isSupported()) check(kernel);
  }
}

}  // namespace

TEST_CASE("version 2 of the stream has the random sampler's golden values") {
  static_assert(kStreamVersion == 2);
  eachSupportedKernel([](const Kernel& kernel) {
    auto hits = [&kernel](std::uint64_t seed, std::uint64_t begin, std::uint64_t end) {
      return kernel.hitsIn({.seed = seed, .sampler = Sampler::kRandom}, {begin, end}).total();
    };
    CHECK(hits(0, 0, kBlock) == 102'829);
    CHECK(hits(0, 5, 70) == 49);
    CHECK(hits(0, 1'000, 70'000) == 54'282);
    CHECK(hits(1, 0, kBlock) == 102'838);
    CHECK(hits(~std::uint64_t{0}, 0, kBlock) == 102'693);
    CHECK(hits(42, kSamplesEnd - kBlock, kSamplesEnd) == 103'019);
    CHECK(hits(42, kSamplesEnd - 100, kSamplesEnd) == 80);
  });
}

TEST_CASE("version 2 of the stream has the Sobol' sampler's golden values") {
  eachSupportedKernel([](const Kernel& kernel) {
    auto hits = [&kernel](std::uint64_t seed, std::uint64_t begin, std::uint64_t end) {
      return kernel.hitsIn({.seed = seed, .sampler = Sampler::kSobol}, {begin, end});
    };
    CHECK(hits(0, 0, 16'384) ==
          Hits{{805, 806, 802, 805, 802, 807, 805, 804, 806, 805, 802, 804, 804, 805, 804, 805}});
    CHECK(hits(7, 1'000'003, 1'005'003) ==
          Hits{{251, 247, 244, 242, 248, 248, 246, 242, 244, 243, 245, 244, 246, 245, 247, 243}});
    CHECK(hits(7, kSamplesEnd - 3'000, kSamplesEnd) ==
          Hits{{148, 144, 147, 150, 145, 143, 148, 150, 150, 147, 148, 147, 148, 149, 148, 147}});
  });
}

TEST_CASE("the kernels agree with an implementation of the specification's text") {
  for (SampleRange range : {SampleRange{0, 1'500}, SampleRange{kBlock - 200, kBlock + 700},
                            SampleRange{kSamplesEnd - kBlock - 50, kSamplesEnd - kBlock + 50},
                            SampleRange{kSamplesEnd - 100, kSamplesEnd}}) {
    for (Sampler sampler : kSamplers) {
      Stream stream{.seed = 0x0123'4567'89AB'CDEF, .sampler = sampler};
      Hits expected = by_the_book::hitsIn(stream, range);
      eachSupportedKernel(
          [&](const Kernel& kernel) { CHECK(kernel.hitsIn(stream, range) == expected); });
    }
  }
}

TEST_CASE(
    "every supported kernel passes the self-test, and a kernel that is wrong by one hit fails") {
  eachSupportedKernel([](const Kernel& kernel) { CHECK(answersCorrectly(kernel)); });

  Kernel wrong{.name = "wrong",
               .compute =
                   [](Stream stream, SampleRange range, const StopFlag*) {
                     Hits hits = find("portable")->hitsIn(stream, range);
                     hits.strata[0] += range.size() > 60'000;
                     return hits;
                   },
               .isSupported = [] { return true; }};
  CHECK_FALSE(answersCorrectly(wrong));
}

TEST_CASE("kernels are found by name, the best one is supported, and the last one is portable") {
  for (const Kernel& kernel : all()) CHECK(find(kernel.name) == &kernel);
  CHECK(find("abacus") == nullptr);
  CHECK(best().isSupported());
  CHECK(all().back().name == "portable");
  CHECK(all().back().isSupported());
}

}  // namespace pi::kernels
