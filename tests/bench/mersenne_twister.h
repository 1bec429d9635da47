// The loop that everybody writes: what the kernels are compared with.
#pragma once

#include <cstdint>
#include <random>

namespace pi {

// Hits among so many points drawn in doubles.
inline std::uint64_t hitsByMersenneTwister(std::mt19937& random, std::uint64_t samples) {
  std::uniform_real_distribution<double> uniform(0, 1);
  std::uint64_t hits = 0;
  for (std::uint64_t i = 0; i < samples; ++i) {
    double x = uniform(random), y = uniform(random);
    hits += x * x + y * y < 1;
  }
  return hits;
}

}  // namespace pi
