#include "worker/kernels/portable.h"

namespace pi::kernels {

// A stand-in until the stream is specified: a sample's index hashed to two 32-bit coordinates.
Hits portableHitsIn(Stream stream, SampleRange range) {
  Hits hits;
  for (std::uint64_t i = range.begin; i < range.end; ++i) {
    std::uint64_t z = (i ^ stream.seed) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    std::uint64_t x = (z & 0xFFFFFFFFu) >> 1, y = z >> 33;
    hits.strata[i % strataCount(stream.sampler)] += x * x + y * y < (std::uint64_t{1} << 62);
  }
  return hits;
}

}  // namespace pi::kernels
