// Philox4x32-10 of Salmon, Moraes, Dror and Shaw (2011): 128 random bits for each counter and key.
#pragma once

#include <array>
#include <cstdint>

namespace pi::kernels {

using Words = std::array<std::uint32_t, 4>;

// Inlined always, so that each kernel gets it compiled, and vectorised, for its instruction set.
[[gnu::always_inline]] constexpr Words philox(Words counter, std::uint64_t key) {
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
    std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key0,
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1,
               static_cast<std::uint32_t>(product0)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return counter;
}

}  // namespace pi::kernels
