// The Sobol' sampler: 16 independent, randomly shifted replicates of one 2-D sequence (see
// STREAM.md).
#pragma once

#include "worker/kernels/kernel.h"

namespace pi::kernels {

// The hits of a range.  It is the same code for every kernel.
Hits sobolHitsIn(std::uint64_t seed, SampleRange range);

}  // namespace pi::kernels
