// Philox4x32-10 of Salmon, Moraes, Dror and Shaw (2011): 128 random bits for each counter and key.
#pragma once

#include <array>
#include <cstdint>

namespace pi::kernels {

using Words = std::array<std::uint32_t, 4>;

inline constexpr int kPhiloxRounds = 10;
inline constexpr std::uint32_t kPhiloxFactor0 = 0xD2511F53, kPhiloxFactor2 = 0xCD9E8D57;
inline constexpr std::uint32_t kPhiloxBump0 = 0x9E3779B9, kPhiloxBump1 = 0xBB67AE85;

// Always inlined, so that the compiler vectorises it for the instruction set of each kernel.
[[gnu::always_inline]] constexpr Words philox(Words counter, std::uint64_t key) {
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    std::uint64_t product0 = std::uint64_t{kPhiloxFactor0} * counter[0];
    std::uint64_t product2 = std::uint64_t{kPhiloxFactor2} * counter[2];
    counter = {static_cast<std::uint32_t>(product2 >> 32) ^ counter[1] ^ key0,
               static_cast<std::uint32_t>(product2),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1,
               static_cast<std::uint32_t>(product0)};
    key0 += kPhiloxBump0;
    key1 += kPhiloxBump1;
  }
  return counter;
}

}  // namespace pi::kernels
