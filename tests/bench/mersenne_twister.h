// The loop of a typical textbook program, for comparison with the kernels.
#pragma once

#include <cstdint>
#include <random>

namespace pi {

// The hits among `samples` points with coordinates of type double.
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
