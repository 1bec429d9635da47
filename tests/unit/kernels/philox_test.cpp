#include "worker/kernels/philox.h"

#include <Random123/philox.h>
#include <doctest/doctest.h>

#include <random>

namespace pi::kernels {

TEST_CASE("Philox gives the published test vectors") {
  CHECK(philox({0, 0, 0, 0}, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0u, ~0u, ~0u, ~0u}, ~std::uint64_t{0}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0'a4093822) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Philox gives the same words as the Random123 library, for random counters and keys") {
  std::mt19937 random(1);
  for (int i = 0; i < 1'000; ++i) {
    Words counter{};
    for (std::uint32_t& word : counter.word) word = static_cast<std::uint32_t>(random());
    auto key0 = static_cast<std::uint32_t>(random()), key1 = static_cast<std::uint32_t>(random());
    auto expected =
        r123::Philox4x32()({{counter[0], counter[1], counter[2], counter[3]}}, {{key0, key1}});
    CHECK(philox(counter, std::uint64_t{key1} << 32 | key0) ==
          Words{expected[0], expected[1], expected[2], expected[3]});
  }
}

}  // namespace pi::kernels
