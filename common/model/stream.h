// The infinite, reproducible sequence of samples that a job takes its first N from.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pi {

// Changes whenever any bit of any stream's output would.  ARCHITECTURE.md specifies the stream.
inline constexpr std::uint32_t kStreamVersion = 1;

// A block is the smallest run of samples that is computed from scratch: a part of it costs no more
// than the whole.  It begins at a multiple of this.
inline constexpr std::uint64_t kBlockSamples = std::uint64_t{1} << 17;

enum class Sampler : std::uint8_t { kRandom, kSobol };

struct Stream {
  std::uint64_t seed = 0;
  Sampler sampler = Sampler::kRandom;
  auto operator<=>(const Stream&) const = default;
};

// Sample i belongs to stratum i mod strataCount(sampler); the strata of a quasi-random sampler are
// independent replicates, whose spread gives the error.
constexpr std::size_t strataCount(Sampler sampler) { return sampler == Sampler::kRandom ? 1 : 16; }
inline constexpr std::size_t kStrataMax = 16;

}  // namespace pi
