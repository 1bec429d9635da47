// Philox4x32-10 of Salmon, Moraes, Dror and Shaw (2011): 128 random bits for each counter and key.
#pragma once

#include <cstdint>

#include "worker/kernels/host_device.h"

namespace pi::kernels {

struct Words {
  std::uint32_t word[4];

  PI_HOST_DEVICE constexpr std::uint32_t operator[](int i) const { return word[i]; }
  friend constexpr bool operator==(const Words& a, const Words& b) {
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
  }
};

inline constexpr int kPhiloxRounds = 10;
inline constexpr std::uint32_t kPhiloxFactor0 = 0xD2511F53, kPhiloxFactor2 = 0xCD9E8D57;
inline constexpr std::uint32_t kPhiloxBump0 = 0x9E3779B9, kPhiloxBump1 = 0xBB67AE85;

// Always inlined, so that the compiler vectorises it for the instruction set of each kernel.
[[gnu::always_inline]] PI_HOST_DEVICE constexpr Words philox(Words counter, std::uint64_t key) {
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
