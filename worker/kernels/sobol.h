// The Sobol' sampler: sixteen independent, randomly shifted replicates of one 2-D sequence.
#pragma once

#include "worker/kernels/kernel.h"

namespace pi::kernels {

// Every kernel's answer for the Sobol' sampler.
Hits sobolHitsIn(std::uint64_t seed, SampleRange range);

}  // namespace pi::kernels
