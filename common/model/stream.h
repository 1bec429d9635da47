// The infinite, reproducible sequence of samples that a job takes its first N from.
#pragma once

#include <cstdint>

#include "common/model/sampler.h"

namespace pi {

// Changes whenever any bit of any stream's output would.  ARCHITECTURE.md specifies the stream.
inline constexpr std::uint32_t kStreamVersion = 1;

// A block is the smallest run of samples that is computed from scratch: a part of it costs no more
// than the whole.  It begins at a multiple of this.
inline constexpr std::uint64_t kBlockSamples = std::uint64_t{1} << 17;

struct Stream {
  std::uint64_t seed = 0;
  Sampler sampler = Sampler::kRandom;
  auto operator<=>(const Stream&) const = default;
};

}  // namespace pi
