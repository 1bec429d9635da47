// The Sobol' sampler: 16 independent, randomly shifted replicates of one 2-D sequence (see
// STREAM.md).
#pragma once

#include "worker/kernels/kernel.h"
#include "worker/kernels/nets.h"

namespace pi::kernels {

// The hits of a range: by nets where it has whole ones, and of the points one by one elsewhere.
// For `stop` see Kernel::compute.
Hits sobolHitsIn(std::uint64_t seed, SampleRange range, WalkNet walkNet, const StopFlag* stop);

extern const WalkNet kPortableWalkNet;
#if defined(__x86_64__)
extern const WalkNet kSse2WalkNet;
extern const WalkNet kAvx2WalkNet;
extern const WalkNet kAvx512WalkNet;
#elif defined(__aarch64__)
extern const WalkNet kNeonWalkNet;
#endif

}  // namespace pi::kernels
