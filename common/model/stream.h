// The infinite, reproducible sequence of samples that a job takes its first N from.
#pragma once

#include <cstdint>

#include "common/model/sampler.h"

namespace pi {

// Raised whenever any bit of any stream's output changes.  STREAM.md specifies the streams.
inline constexpr std::uint32_t kStreamVersion = 2;

// The size of a block, in samples.  A kernel starts at the beginning of a block, so a part of a
// block costs up to as much as the whole.
inline constexpr std::uint64_t kBlockSamples = std::uint64_t{1} << 17;

struct Stream {
  std::uint64_t seed = 0;
  Sampler sampler = Sampler::kRandom;
  auto operator<=>(const Stream&) const = default;
};

}  // namespace pi
