// The speed of a kernel on this machine.
#pragma once

#include <cstdint>

#include "worker/kernels/kernel.h"

namespace pi::worker {

// The speed of the sampler `random` in so many threads at the same time, all together, in samples
// per second; above zero.  Takes a few milliseconds.
std::uint64_t measureSpeed(const kernels::Kernel& kernel, std::uint32_t threads);

}  // namespace pi::worker
