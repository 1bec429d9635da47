// The parts of a vector kernel that are the same for every instruction set.  A kernel's file
// includes this text once, after it has defined PI_TARGET, Vector, kWidth and product().
#pragma once

#include "worker/kernels/random_kernel.h"

namespace pi::kernels {
namespace {

// The generators of kWidth lanes.
struct Generators {
  Vector a, b, c, d;
  Vector second;         // The second word of a step; the first one is d.
  Vector rotated, e, f;  // Intermediate values of a step.
};

[[PI_TARGET, gnu::always_inline]] inline Vector loaded(const std::uint32_t* from) {
  Vector vector;
  __builtin_memcpy(&vector, from, sizeof vector);
  return vector;
}

[[PI_TARGET, gnu::always_inline]] inline void store(Vector vector, std::uint32_t* to) {
  __builtin_memcpy(to, &vector, sizeof vector);
}

[[PI_TARGET, gnu::always_inline]] inline void load(const Lanes& lanes, std::uint32_t lane,
                                                   Generators& g) {
  g.a = loaded(&lanes.a[lane]);
  g.b = loaded(&lanes.b[lane]);
  g.c = loaded(&lanes.c[lane]);
  g.d = loaded(&lanes.d[lane]);
}

[[PI_TARGET, gnu::always_inline]] inline void store(const Generators& g, Lanes& lanes,
                                                    std::uint32_t lane) {
  store(g.a, &lanes.a[lane]);
  store(g.b, &lanes.b[lane]);
  store(g.c, &lanes.c[lane]);
  store(g.d, &lanes.d[lane]);
}

// The three parts of a step.
[[PI_TARGET, gnu::always_inline]] inline void rotate(Generators& g) {
  g.rotated = g.b << 27 | g.b >> 5;
  g.f = g.c << 17 | g.c >> 15;
}

[[PI_TARGET, gnu::always_inline]] inline void mix(Generators& g) {
  g.e = g.a - g.rotated;
  g.a = g.b ^ g.f;
}

[[PI_TARGET, gnu::always_inline]] inline void add(Generators& g) {
  g.b = g.c + g.d;
  g.c = g.d + g.e;
  g.d = g.e + g.a;
  g.second = g.c ^ g.rotated;
}

typedef std::uint64_t Wide [[gnu::vector_size(sizeof(Vector))]];

// Philox of several counters.  Their words are the low halves of 64-bit elements.  The high halves
// may hold anything: product() ignores them.
[[PI_TARGET, gnu::always_inline]] inline void philox(Wide (&counter)[4], std::uint64_t key) {
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    Wide product0 = Wide(product(counter[0], kPhiloxFactor0));
    Wide product2 = Wide(product(counter[2], kPhiloxFactor2));
    counter[0] = product2 >> 32 ^ counter[1] ^ key0;
    counter[1] = product2;
    counter[2] = product0 >> 32 ^ counter[3] ^ key1;
    counter[3] = product0;
    key0 += kPhiloxBump0;
    key1 += kPhiloxBump1;
  }
}

// Like startBlock, which would take 3 % of the time of a block.
[[PI_TARGET]] void start(std::uint64_t seed, std::uint64_t block, Lanes& lanes) {
  for (std::uint32_t lane = 0; lane < kLanes; lane += kWidth) {
    Wide numbers{};
    for (std::uint32_t i = 0; i < kWidth / 2; ++i) numbers[i] = lane + 2 * i;
    Wide low = Wide{} + block, high = Wide{} + (block >> 32);
    Wide domain = Wide{} + static_cast<std::uint64_t>(Domain::kLaneState);
    Wide even[4] = {low, high, numbers, domain}, odd[4] = {low, high, numbers + 1, domain};
    philox(even, seed);
    philox(odd, seed);
    std::uint32_t* const rows[4] = {lanes.a, lanes.b, lanes.c, lanes.d};
    for (std::uint32_t i = 0; i < 4; ++i) {
      store(Vector((even[i] & 0xFFFFFFFF) | odd[i] << 32), rows[i] + lane);
    }
  }
  replaceZeroStates(lanes);
}

}  // namespace
}  // namespace pi::kernels
